"""Official SDKs, unmodified, on the simulated venues: they judge the simulators and our signatures.

Modules named ``judge_...`` run inside an SDK's own environment, with ``steps``; they import the SDK
and the standard library alone. Everything else runs in the project's environment.
"""
