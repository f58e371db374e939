"""Inputs of a game's own: what they are called, and how they lie in the 32 bits of buttons and aim on the wire."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Mapping
from typing import Any, Final

import attrs

from game_server.authoring.fields import are_whole
from game_server.authoring.translation import BOOL, NUMBER, Kind
from game_server.errors import RulesError
from game_server.simulation import AIM_STEPS

DIAGONAL: Final = 0.7071067811865476
"""The square root of a half, as a double: a stick pushed into a corner is no quicker."""
WORD_BITS: Final = 32
HALF: Final = 16
"""Bits of the buttons on the wire, and of the aim: the lower half of the word of an input, and the upper one."""
AIM_BITS: Final = 12
STICK_BITS: Final = 5
STICK_STEPS: Final = 15
"""Of a stick that can be pushed a little, to each side: what five bits with a sign hold."""
POINTER_BITS: Final = 11
POINTER_STEPS: Final = 2047
"""Of a pointer, across the field: what eleven bits hold. A step of a field of 1280 is 5/8 of a world unit."""
MOST_WHEEL: Final = 255
_KEY: Final = re.compile(
    "Key[A-Z]|Digit[0-9]|F([1-9]|1[0-9]|2[0-4])|Arrow(Up|Down|Left|Right)|(Shift|Control|Alt)(Left|Right)|Space|Enter|Tab"
    "|Backspace|Insert|Delete|Home|End|Page(Up|Down)|CapsLock|NumLock|ScrollLock|Pause|PrintScreen|ContextMenu|Backquote"
    "|Minus|Equal|Bracket(Left|Right)|Semicolon|Quote|Comma|Period|Slash|Backslash|Intl(Backslash|Ro|Yen)|Convert"
    "|NonConvert|KanaMode|Lang[1-5]|Numpad([0-9]|Add|Subtract|Multiply|Divide|Decimal|Comma|Equal|Enter)|Mouse[0-4]"
    "|Wheel(Up|Down)|Pad([0-9]|1[0-5])"
)
"""Of https://www.w3.org/TR/uievents-code/, and what bindings.js calls mice, wheels and gamepads."""
UP, DOWN, LEFT, RIGHT = 1, 2, 4, 8
_TAN_OF_AN_EIGHTH: Final = 0.41421356237309503
"""Of half the angle between two of the eight directions: sqrt(2) - 1."""


@attrs.frozen
class Stick:
    """Eight directions and none: WASD and arrows, the left thumb, the left stick or the cross of a gamepad.

    An input called ``move`` has ``move_x`` and ``move_y``, -1 to 1, down and right positive.

    Args:
        analogue: whether it can be pushed a little, and in any direction: thumbs and gamepads do, keys push it all the
            way. It takes 10 bits instead of 4.
    """

    analogue: bool = False


def _as_keys(keys: str | tuple[str, ...]) -> tuple[str, ...]:
    return (keys,) if isinstance(keys, str) else tuple(keys)


@attrs.frozen
class Button:
    """Something that is held, or is not: True or False.

    On a phone there is a button for each, or with ``Mouse0`` and a `Pointer` the finger on the field. Gamepads have
    them in the order of declaration. Players choose other keys in the settings.

    Args:
        keys: up to two keys or mouse buttons by default: ``KeyboardEvent.code``, ``Mouse0`` to ``Mouse4``,
            ``WheelUp``, ``WheelDown``, or ``Pad0`` to ``Pad15``.
        title: what the settings call it; its name if left out.
    """

    keys: tuple[str, ...] = attrs.field(default=("Space",), converter=_as_keys)
    title: str = ""


@attrs.frozen
class Aim:
    """The direction of the mouse, the right thumb, or the right stick.

    An input called ``aim`` has ``aim``, in 4096ths of a turn: 0 is +x, 1024 is +y.
    """


@attrs.frozen
class Pointer:
    """Where on the field the mouse, the pen or a finger is; the right stick of a gamepad moves it.

    An input called ``pointer`` has ``pointer_x`` and ``pointer_y`` in world units, within the game's ``size``, in
    2047 steps each way; 0, 0 until it has been on the field.
    """


@attrs.frozen
class Wheel:
    """A whole number that the wheel of the mouse turns up and down; two buttons on a phone.

    An input called ``zoom`` has ``zoom``, 0 to ``most``; it begins at 0 whenever a player arrives.

    Args:
        most: the largest, 1 to 255.
        title: what the settings call it; its name if left out.
        more, less: up to two keys each, as those of a `Button`.
    """

    most: int = 7
    title: str = ""
    more: tuple[str, ...] = attrs.field(default=("WheelUp",), converter=_as_keys)
    less: tuple[str, ...] = attrs.field(default=("WheelDown",), converter=_as_keys)


Control = Stick | Button | Aim | Pointer | Wheel


class Inputs:
    """The inputs of a game. They have 32 bits on the wire: a stick takes 4 or 10, a button 1, an aim 12, a pointer 22.

    ::

        inputs = Inputs(move=Stick(), dash=Button("Space"), aim=Aim())
    """

    def __init__(self, **controls: Control) -> None:
        self.controls: Mapping[str, Control] = controls
        self.size: tuple[float, float] = (0.0, 0.0)
        """Of the field, for a pointer."""
        self._check()
        self.at: dict[str, int] = {}
        """The lowest bit of each input."""
        at = 0
        # Sticks come first, so that the one stick that most games have has the bits of the arrows in any game. An aim
        # comes last, in the upper half if it can: there it is the `aim` of the wire, as load testers and tools know it.
        for name, control in sorted(controls.items(), key=lambda item: _ORDER.index(type(item[1]))):
            if isinstance(control, Aim):
                at = max(at, HALF)
            self.at[name] = at
            at += _width(control)
        if at > WORD_BITS:
            widths = ", ".join(f"{name} {_width(control)}" for name, control in controls.items())
            raise RulesError(f"Inputs: {at} bits, and {WORD_BITS} fit on the wire: {widths}")
        kinds: dict[str, Kind] = {}
        for name, control in controls.items():
            if isinstance(control, Stick | Pointer):
                kinds |= {f"{name}_x": NUMBER, f"{name}_y": NUMBER}
            else:
                kinds[name] = BOOL if isinstance(control, Button) else NUMBER
        self.kinds = kinds
        self._class = type("Input", (), {"__slots__": tuple(kinds), "__repr__": _shown, "__getattr__": _missing})
        self.read = functools.lru_cache(4096)(self._read)

    def on_field(self, size: tuple[float, float] | None) -> Inputs:
        """Return the same inputs for a game of this ``size``.

        Raises:
            RulesError: there is a pointer, and no field that it could be on.
        """
        pointers = [name for name, control in self.controls.items() if isinstance(control, Pointer)]
        if not pointers:
            return self
        if size is None:
            raise RulesError(f"Inputs: {pointers[0]}=Pointer() needs a field; write size = (1280, 720), say")
        made = Inputs(**self.controls)
        made.size = float(size[0]), float(size[1])
        return made

    def _check(self) -> None:
        for name, control in self.controls.items():
            if not isinstance(control, Control):
                raise RulesError(
                    f"Inputs: {name}={control!r}; an input is a Stick(), a Button(), an Aim(), a Pointer() or a Wheel()"
                )
            keys = [control.keys] if isinstance(control, Button) else []
            if isinstance(control, Wheel):
                keys = [control.more, control.less]
                if not are_whole(control.most) or not 1 <= control.most <= MOST_WHEEL:
                    raise RulesError(
                        f"Inputs: {name}=Wheel({control.most!r}); it goes up to 1 at least, {MOST_WHEEL} at most"
                    )
            for codes in keys:
                if len(codes) > 2:
                    raise RulesError(f"Inputs: {name} has {len(codes)} keys; a button has up to two")
                for code in codes:
                    if not _KEY.fullmatch(code):
                        raise RulesError(
                            f'Inputs: {name}: there is no key {code!r}; write "Space", "KeyE" or "Mouse0", say'
                        )
        for kind in (Stick, Aim, Pointer):
            named = [name for name, control in self.controls.items() if isinstance(control, kind)]
            if len(named) > 1:
                raise RulesError(f"Inputs: {' and '.join(named)} are both {kind.__name__}(); a player has one of them")

    def _read(self, buttons: int, aim: int) -> Any:
        """Make the input, as rules see it, of what came over the wire. Rules must not write into it."""
        made = self._class()
        word = buttons | aim << HALF
        for name, control in self.controls.items():
            held = word >> self.at[name]
            if isinstance(control, Stick):
                x, y = _pushed(held, analogue=control.analogue)
                setattr(made, f"{name}_x", x)
                setattr(made, f"{name}_y", y)
            elif isinstance(control, Pointer):
                width, height = self.size
                setattr(made, f"{name}_x", (held & POINTER_STEPS) * width / POINTER_STEPS)
                setattr(made, f"{name}_y", (held >> POINTER_BITS & POINTER_STEPS) * height / POINTER_STEPS)
            elif isinstance(control, Button):
                setattr(made, name, bool(held & 1))
            else:
                number = held & (1 << _width(control)) - 1
                setattr(made, name, float(min(number, control.most) if isinstance(control, Wheel) else number))
        return made

    def pack(self, values: Mapping[str, Any]) -> tuple[int, int]:
        """Return buttons and aim of ``{"move": (x, y), "dash": True, "aim": 1024}``; what is left out is not pressed.

        Raises:
            RulesError: there is no such input, or it cannot be pressed so.
        """
        word = 0
        for name, value in values.items():
            control = self.controls.get(name)
            if isinstance(control, Stick):
                x, y = _pair(name, value, "a stick is pushed to (x, y), two numbers: (1, 0) is to the right")
                part = _analogue(x, y) if control.analogue else directions(x, y)
            elif isinstance(control, Pointer):
                x, y = _pair(name, value, "a pointer is at (x, y), two numbers in world units")
                width, height = self.size
                part = _step(x, width) | _step(y, height) << POINTER_BITS
            elif isinstance(control, Button):
                part = int(bool(value))
            elif isinstance(control, Aim):
                if not _is_finite(value):
                    raise RulesError(f"{name} is {value!r}; an aim is in 4096ths of a turn: 0 is +x, 1024 is +y")
                part = int(value) % AIM_STEPS
            elif isinstance(control, Wheel):
                if not _is_finite(value) or not 0 <= value <= control.most:
                    raise RulesError(f"{name} is {value!r}; a wheel is at a whole number from 0 to {control.most}")
                part = int(value)
            else:
                raise RulesError(f"there is no input {name!r}; there is {', '.join(self.controls) or 'none'}")
            word |= part << self.at[name]
        return word & 2**HALF - 1, word >> HALF

    def declared(self) -> list[list[Any]]:
        """Return what browsers bind keys by: name, kind, and what the kind needs."""
        out: list[list[Any]] = []
        for name, control in self.controls.items():
            at = self.at[name]
            bit = 1 << at
            title = getattr(control, "title", "") or name.replace("_", " ").capitalize()
            if isinstance(control, Stick) and not control.analogue:
                out.append(
                    [name, "stick", {"up": bit * UP, "down": bit * DOWN, "left": bit * LEFT, "right": bit * RIGHT}]
                )
            elif isinstance(control, Button):
                out.append([name, "button", bit, title, list(control.keys)])
            elif isinstance(control, Wheel):
                out.append([name, "wheel", at, control.most, title, list(control.more), list(control.less)])
            else:
                out.append([name, "analogue" if isinstance(control, Stick) else type(control).__name__.lower(), at])
        return out

    def js(self) -> str:
        """Write a function in JavaScript that does what `read` does."""
        lines = ["function input(buttons, aim) {", f"  const word = (buttons | aim << {HALF}) >>> 0;"]
        fields = []
        for name, control in self.controls.items():
            at = self.at[name]
            if isinstance(control, Stick) and control.analogue:
                lines += [
                    f"  const {name}$x = (word << {32 - at - STICK_BITS} >> {32 - STICK_BITS}) / {STICK_STEPS};",
                    f"  const {name}$y = (word << {32 - at - 2 * STICK_BITS} >> {32 - STICK_BITS}) / {STICK_STEPS};",
                    f"  const {name}$length = Math.max(1, Math.sqrt({name}$x * {name}$x + {name}$y * {name}$y));",
                ]
                fields += [f"{name}_x: {name}$x / {name}$length", f"{name}_y: {name}$y / {name}$length"]
            elif isinstance(control, Stick):
                bit = 1 << at
                lines += [
                    f"  const {name}$x = (word & {bit * RIGHT} ? 1 : 0) - (word & {bit * LEFT} ? 1 : 0);",
                    f"  const {name}$y = (word & {bit * DOWN} ? 1 : 0) - (word & {bit * UP} ? 1 : 0);",
                    f"  const {name}$length = {name}$x && {name}$y ? {DIAGONAL!r} : 1;",
                ]
                fields += [f"{name}_x: {name}$x * {name}$length", f"{name}_y: {name}$y * {name}$length"]
            elif isinstance(control, Pointer):
                for axis, size, bit in zip("xy", self.size, (at, at + POINTER_BITS), strict=True):
                    fields.append(f"{name}_{axis}: (word >>> {bit} & {POINTER_STEPS}) * {size!r} / {POINTER_STEPS}")
            elif isinstance(control, Button):
                fields.append(f"{name}: (word >>> {at} & 1) !== 0")
            else:
                number = f"word >>> {at} & {(1 << _width(control)) - 1}"
                fields.append(
                    f"{name}: " + (f"Math.min({number}, {control.most})" if isinstance(control, Wheel) else number)
                )
        return "\n".join([*lines, f"  return {{ {', '.join(fields)} }};", "}"])


_ORDER: Final = (Stick, Button, Wheel, Pointer, Aim)


def _width(control: Control) -> int:
    """Return how many bits of the word ``control`` takes."""
    match control:
        case Stick():
            return 2 * STICK_BITS if control.analogue else 4
        case Aim():
            return AIM_BITS
        case Pointer():
            return 2 * POINTER_BITS
        case Wheel():
            return control.most.bit_length()
    return 1


def _pushed(held: int, *, analogue: bool) -> tuple[float, float]:
    """Return where a stick is whose bits are the lowest of ``held``."""
    if analogue:
        x, y = _signed(held) / STICK_STEPS, _signed(held >> STICK_BITS) / STICK_STEPS
        length = max(1.0, math.sqrt(x * x + y * y))
        return x / length, y / length
    x = float(bool(held & RIGHT)) - bool(held & LEFT)
    y = float(bool(held & DOWN)) - bool(held & UP)
    length = DIAGONAL if x and y else 1.0
    return x * length, y * length


def _signed(held: int) -> int:
    """Return the lowest bits of ``held``, as many as one way of a stick has, as a number in two's complement."""
    half = 1 << STICK_BITS - 1
    return (held + half) % (2 * half) - half


def _analogue(x: float, y: float) -> int:
    """Return the bits of a stick that is pushed to ``x``, ``y``; one longer than 1 is pushed all the way."""
    longer = max(1.0, math.sqrt(x * x + y * y))
    across, down = (round(part / longer * STICK_STEPS) % (1 << STICK_BITS) for part in (x, y))
    return across | down << STICK_BITS


def _step(at: float, side: float) -> int:
    """Return the step of a pointer that is ``at`` world units along a ``side``."""
    return min(max(round(at * POINTER_STEPS / side), 0), POINTER_STEPS)


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _pair(name: str, value: Any, what: str) -> tuple[float, float]:
    """Return ``value`` as it is given for the input ``name``; ``what`` says what that should be.

    Raises:
        RulesError: it is no pair of finite numbers.
    """
    if isinstance(value, tuple | list) and len(value) == 2 and all(_is_finite(part) for part in value):
        x, y = value
        return x, y
    raise RulesError(f"{name} is {value!r}; {what}")


def directions(x: float, y: float) -> int:
    """Return the bits of the one of eight directions that ``x``, ``y`` is nearest to; 0 for no direction."""
    across = RIGHT if x > 0 else LEFT
    down = DOWN if y > 0 else UP
    bits = across if abs(x) > abs(y) * _TAN_OF_AN_EIGHTH else 0
    return bits | (down if abs(y) > abs(x) * _TAN_OF_AN_EIGHTH else 0)


def _missing(made: Any, name: str) -> Any:
    raise AttributeError(f"there is no input {name!r}; there is {', '.join(made.__slots__) or 'none'}")


def _shown(made: Any) -> str:
    return ", ".join(f"{name} {getattr(made, name)}" for name in made.__slots__)
