"""The paper venue served over sockets: its own protocol, which docs/paper-protocol.md describes."""
