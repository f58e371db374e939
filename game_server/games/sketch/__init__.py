"""The game `sketch`: one player draws a word that the others guess."""

from __future__ import annotations

from game_server.games.sketch.bots import Artist as Artist
from game_server.games.sketch.sketch import Sketch as Sketch
