"""How Aster is signed for; everything else is the dialect's."""
