"""A small game of declarations that uses all of them: players run about and take coins."""

from __future__ import annotations

from game_server.author import (
    Aim,
    Bot,
    Button,
    Command,
    Entity,
    Event,
    Game,
    Inputs,
    Rounds,
    Single,
    Stick,
    Switch,
    count,
    flag,
    number,
    place,
    text,
    ticks,
    total,
)
from game_server.simulation import Inputs as EngineInputs
from game_server.simulation import Newcomer, World

WIDTH, HEIGHT = 640, 360
SPEED = 120


class Coins(Game):
    """Those who touch a coin have it."""

    seats, tick_rate = (2, 4), 10
    size = (WIDTH, HEIGHT)
    options = (Switch("rich", "Coins are worth more", default=False),)
    inputs = Inputs(move=Stick(), dash=Button(("Space", "Mouse2"), title="Dash"), aim=Aim())
    rounds = Rounds(countdown=1, play=5, results=2)

    class Player(Entity):
        x = place(0, WIDTH)
        y = place(0, HEIGHT)
        tired = ticks(seen_by="owner")
        level = count(-3, 3)
        quick = flag()
        secret = number(seen_by="nobody")
        coins = total("Coins")

    class Coin(Entity, most=3):
        x = place(0, WIDTH)
        y = place(0, HEIGHT)
        worth = count(1, 10)

    class Purse(Single):
        paid = count(0, 1000)

    class Taken(Event):
        player: Coins.Player
        worth: int
        line = "{player} has {worth}"

    class Pay(Command):
        coins = count(1, 100)
        why = text(10)

    class Cheer(Event):
        text: str

    def predicted(me, input, dt):
        me.tired -= 1
        me.level = input.move_x * 2.5 + me.level / 2
        if input.dash and me.tired == 0:
            me.tired = 20
        me.quick = input.dash and not me.quick
        me.x = min(max(me.x + input.move_x * SPEED * dt * (3 if me.quick else 1), 0), WIDTH)
        me.y = min(max(me.y + input.move_y * SPEED * dt + input.aim / 4096, 0), HEIGHT)

    def started(self):
        self.coins.add(x=100, y=100, worth=9 if self.option("rich") else 3)

    def joined(self, player, who):
        player.place(10 * player.id, 50)

    def left(self, player):
        self.emit(self.Cheer(f"{player.id} had {player.coins}"))

    def pay(self, player, coins, why):
        if coins <= player.coins:
            player.coins -= coins
            self.purse.paid += coins
            self.emit(self.Cheer(f"{player.id} pays for {why}"))

    def round_began(self):
        for player in self.players:
            player.reset(100, 100 + 50 * player.id)

    def tick(self):
        for coin in self.coins:
            for player in self.players.near(coin, 20)[:1]:
                player.coins += coin.worth
                self.purse.paid += coin.worth
                self.coins.remove(coin)
                self.emit(self.Taken(player, coin.worth), at=coin)


class Collector(Bot, plays=Coins):
    def think(self, me, seen):
        return {"move": me.towards(me.nearest(seen.coins)), "dash": not me.quick, "aim": 7}


def match(game: type[Game] = Coins, players: int = 2, seats: int = 4) -> Game:
    """Make a match with some players."""
    made = game(World(seed=5, max_players=seats, tick_rate=game.tick_rate))
    for player in range(players):
        made.join(player, Newcomer())
    return made


def play(game: Game, ticks: int, **pressed: object) -> None:
    """Play some ticks in which everybody presses the same."""
    inputs = EngineInputs.none(game.world.max_players)
    for player in game.players:
        inputs.give(player.id, (*game.inputs.pack(pressed), 0))
    for _ in range(ticks):
        game.world.advance()
        game.step(inputs)
