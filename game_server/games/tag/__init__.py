"""The game `tag`: one of the players is it, and gets rid of that by touching another."""

from __future__ import annotations

from game_server.author import Bot, Entity, Event, Game, Inputs, Rounds, Stick, flag, number, place, ticks, total

WIDTH, HEIGHT, RADIUS = 1280, 720, 16
SPEED, IT_SPEED, FRICTION, NEAR = 260, 290, 8, 250


class Tag(Game):
    """The one who is it is quicker, but stands still for a second after having been touched."""

    title, seats, tick_rate = "Tag", (2, 16), 30
    size, camera = (WIDTH, HEIGHT), "whole"
    inputs = Inputs(move=Stick())
    rounds = Rounds(countdown=3, play=60, results=8)

    class Player(Entity):
        x = place(0, WIDTH)
        y = place(0, HEIGHT)
        vx = number(seen_by="owner")
        vy = number(seen_by="owner")
        it = flag()
        frozen = ticks(seen_by="owner")
        free = ticks(seen_by="nobody")
        score = total("Seconds free")

    class Tagged(Event):
        by: Tag.Player
        player: Tag.Player
        line = "{by} tagged {player}"

    def predicted(me, input, dt):
        me.frozen = max(me.frozen - 1, 0)
        push = 0 if me.frozen else (IT_SPEED if me.it else SPEED) * FRICTION * dt
        me.vx = (me.vx + input.move_x * push) / (1 + FRICTION * dt)
        me.vy = (me.vy + input.move_y * push) / (1 + FRICTION * dt)
        me.x = min(max(me.x + me.vx * dt, RADIUS), WIDTH - RADIUS)
        me.y = min(max(me.y + me.vy * dt, RADIUS), HEIGHT - RADIUS)

    def joined(self, player, who):
        player.place(*self.chance.spot(RADIUS))

    def left(self, player):
        if player.it:
            self.pass_on(self.chance.pick(self.players))

    def round_began(self):
        for player in self.players:
            player.reset(*self.chance.spot(RADIUS))
        self.pass_on(self.chance.pick(self.players))

    def tick(self):
        for player in self.players:
            player.free += not player.it
            player.score = player.free // self.tick_rate
        for it in self.players.where(it=True, frozen=0):
            for other in self.players.near(it, 2 * RADIUS)[:1]:
                it.it = False
                self.pass_on(other)
                self.emit(self.Tagged(it, other))

    def pass_on(self, player):
        if player:
            player.it, player.frozen = True, self.tick_rate


class Runner(Bot, plays=Tag):
    """Runs after the nearest one, or away from the one who is it."""

    def think(self, me, seen):
        near = me.nearest(other for other in seen.players if me.it or other.it)
        if me.it or not near or me.distance_to(near) > NEAR:
            return {"move": me.towards(near)} if me.it else super().think(me, seen)
        x, y = me.away_from(near)  # but out of the corners
        return {"move": (x + (WIDTH / 2 - me.x) / 8, y + (HEIGHT / 2 - me.y) / 8)}
