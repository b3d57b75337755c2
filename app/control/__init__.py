"""How a running bot is watched and told what to do, from outside of its process."""
