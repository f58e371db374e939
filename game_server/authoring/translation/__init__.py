"""From the predicted rule of a game to the same rule in JavaScript, and to Python over doubles alone."""

from __future__ import annotations

from game_server.authoring.translation.kinds import BOOL as BOOL
from game_server.authoring.translation.kinds import NUMBER as NUMBER
from game_server.authoring.translation.kinds import Kind as Kind
from game_server.authoring.translation.program import Translated as Translated
from game_server.authoring.translation.program import translate as translate
from game_server.authoring.translation.vocabulary import ceil as ceil
from game_server.authoring.translation.vocabulary import clamp as clamp
from game_server.authoring.translation.vocabulary import floor as floor
from game_server.authoring.translation.vocabulary import sign as sign
from game_server.authoring.translation.vocabulary import sqrt as sqrt
from game_server.authoring.translation.vocabulary import trunc as trunc
