"""What games of declarations are made of: classes of rows and events, inputs, rounds, bots, and the predicted rule."""

from __future__ import annotations

from game_server.authoring.bot import Bot as Bot
from game_server.authoring.commands import Command as Command
from game_server.authoring.commands import counts as counts
from game_server.authoring.commands import text as text
from game_server.authoring.editor_types import page_types as page_types
from game_server.authoring.entities import Entity as Entity
from game_server.authoring.entities import Single as Single
from game_server.authoring.events import Event as Event
from game_server.authoring.fields import count as count
from game_server.authoring.fields import flag as flag
from game_server.authoring.fields import number as number
from game_server.authoring.fields import place as place
from game_server.authoring.fields import player as player
from game_server.authoring.fields import ticks as ticks
from game_server.authoring.fields import total as total
from game_server.authoring.game import Game as Game
from game_server.authoring.inputs import Aim as Aim
from game_server.authoring.inputs import Button as Button
from game_server.authoring.inputs import Inputs as Inputs
from game_server.authoring.inputs import Pointer as Pointer
from game_server.authoring.inputs import Stick as Stick
from game_server.authoring.inputs import Wheel as Wheel
from game_server.authoring.rounds import PlayedInRounds as PlayedInRounds
from game_server.authoring.rounds import RoundPhases as RoundPhases
from game_server.authoring.rounds import RoundRow as RoundRow
from game_server.authoring.rounds import Rounds as Rounds
from game_server.authoring.translation import ceil as ceil
from game_server.authoring.translation import clamp as clamp
from game_server.authoring.translation import floor as floor
from game_server.authoring.translation import sign as sign
from game_server.authoring.translation import sqrt as sqrt
from game_server.authoring.translation import trunc as trunc
