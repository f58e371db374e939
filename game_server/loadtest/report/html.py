"""The report of a run as one page: its layout and colours. It needs nothing from anywhere and runs no script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any, Final

from game_server.loadtest.metrics.definitions import ACK_LATENCY_PARTS, COUNTS, COUNTS_BY_KIND, SPREADS
from game_server.loadtest.metrics.server_scraper import SERVER_COUNTS, SERVER_LEVELS, SERVER_SPREADS
from game_server.loadtest.report.plot import Plot, PlotLine, to_svg
from game_server.loadtest.report.summary import about, banners, nobody_in

_STYLE: Final = """
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5b6675;--paper:#f6f7f9;--card:#fff;--rule:#dde2e8;
--good:#11733b;--bad:#b3211a;--warn:#8a5a00;
--k0:#1f6feb;--k1:#d9480f;--k2:#8a3ffc;--k3:#0b7a75;--k4:#b5179e}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa6b5;--paper:#12161c;--card:#1b2129;--rule:#323b47;
--good:#5fd08f;--bad:#ff7b72;--warn:#e3b341;
--k0:#6cb0ff;--k1:#ff9a5c;--k2:#c29bff;--k3:#4fd1c5;--k4:#ff7ad9}}
*{box-sizing:border-box}body{margin:0;padding:16px;background:var(--paper);color:var(--ink);
font:15px/1.45 system-ui,sans-serif}main{max-width:1180px;margin:0 auto}h1{font-size:1.4em;margin:.2em 0}
h2{font-size:1.05em;margin:0 0 .4em}p{margin:.3em 0}.soft{color:var(--soft)}
.good{color:var(--good)}.bad{color:var(--bad)}
.warn{color:var(--warn)}.banner{font-weight:600;padding:.6em .8em;border:1px solid;border-radius:8px;margin:.8em 0}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,340px),1fr));gap:14px;margin:14px 0}
.card{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:12px;min-width:0}
.big{display:grid;grid-template-columns:repeat(auto-fit,minmax(135px,1fr));gap:10px;margin:14px 0}
.big b{display:block;font-size:1.45em;font-variant-numeric:tabular-nums}.big .card{padding:8px 12px}
svg{width:100%;height:auto;display:block}.grid{stroke:var(--rule);stroke-width:1}
.axis{fill:var(--soft);font:14px system-ui}
.line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.c0{stroke:var(--k0)}.c1{stroke:var(--k1)}.c2{stroke:var(--k2)}.c3{stroke:var(--k3)}.c4{stroke:var(--k4)}
.key{display:flex;flex-wrap:wrap;gap:2px 12px;font-size:.86em;color:var(--soft)}.key i{display:inline-block;width:14px;
height:0;border-top:3px solid;vertical-align:middle;margin-right:5px}.key .c0{border-color:var(--k0)}
.key .c1{border-color:var(--k1)}.key .c2{border-color:var(--k2)}.key .c3{border-color:var(--k3)}
.key .c4{border-color:var(--k4)}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:3px 8px;border-bottom:1px solid var(--rule);white-space:nowrap}
th:first-child,td:first-child{text-align:left}td.why{white-space:normal;color:var(--soft);text-align:left;min-width:14em}
"""

_BIG: Final = (
    ("input to acknowledgement, p99", "input_ack_ms", "p99", "ms"),
    ("snapshot gap, p99", "snapshot_gap_ms", "p99", "ms"),
    ("snapshot age, p99", "snapshot_age_ms", "p99", "ms"),
    ("connect, p99", "connect_ms", "p99", "ms"),
)


def to_html(figures: dict[str, Any]) -> str:
    """The page of what `report` gave."""
    title = f"Load test: {figures['scenario']}, {figures['clients']} clients"
    shown = (_why_nobody,) if nobody_in(figures) else (_big, _plots, _tables)
    body = "".join((*_head(figures, title), *(part for show in shown for part in show(figures))))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>{body}</main></body></html>\n"
    )


def _head(figures: dict[str, Any], title: str) -> Iterator[str]:
    yield f"<h1>{escape(title)}</h1>"
    for banner in banners(figures):
        yield f'<p class="banner {banner.tone}">{escape(banner.text)}</p>'
    yield f'<p class="soft">{escape(about(figures))}</p>'
    made = f"{figures['date']}, game-server {figures['version']}, {figures['machine']}"
    yield f'<p class="soft">{escape(made)}</p>'


def _why_nobody(figures: dict[str, Any]) -> Iterator[str]:
    lines = (f"{name}: {kind}: {times:,}" for name in COUNTS_BY_KIND for kind, times in figures[name].items())
    yield f'<div class="card">{"".join(f"<p>{escape(one)}</p>" for one in lines)}</div>'


def _big(figures: dict[str, Any]) -> Iterator[str]:
    shown = [(label, figures[name][statistic], unit) for label, name, statistic, unit in _BIG]
    server = figures["server"] or {}
    if server:
        shown.append(("tick lateness, p99", server["tick_lateness_ms"]["p99"], "ms"))
        shown.append(("server CPU", _percent(server["server_cpu"]), "% of a core"))
    most = _percent(max(figures["tester"]["cpu"].values(), default=None))
    shown.append(("tester CPU, most", most, "% of a core"))
    cells = (
        f'<div class="card"><span class="soft">{escape(label)}</span><b>{"-" if value is None else f"{value:g}"}</b>'
        f'<span class="soft">{unit}</span></div>'
        for label, value, unit in shown
    )
    yield f'<div class="big">{"".join(cells)}</div>'
    yield f'<p class="soft">Input to acknowledgement consists of {escape(ACK_LATENCY_PARTS)}.</p>'


def plots(series: list[dict[str, Any]]) -> list[Plot]:
    """What is shown over time."""

    def line(name: str, key: str, times: float = 1.0) -> PlotLine:
        return PlotLine(name, [None if row.get(key) is None else times * row[key] for row in series])

    def percentiles(key: str) -> tuple[PlotLine, ...]:
        return tuple(line(f"p{percent}", f"{key}.p{percent}") for percent in ("50", "99", "99.9"))

    phases = ("drain", "rules", "encode", "write")
    return [
        Plot("Clients in", "", (line("swarm", "swarm"), line("players", "players"))),
        Plot("Input to acknowledgement", "ms", percentiles("input_ack_ms")),
        Plot("Gap between snapshots", "ms", percentiles("snapshot_gap_ms")),
        Plot("Age of snapshots", "ms", percentiles("snapshot_age_ms")),
        Plot("Tick lateness", "ms", (line("p50", "tick_lateness_ms.p50"), line("p99", "tick_lateness_ms.p99"))),
        Plot(
            "Tick and its phases, p99",
            "ms",
            (line("tick", "tick_duration_ms.p99"), *(line(phase, f"tick_{phase}_ms.p99") for phase in phases)),
        ),
        Plot("Bytes a second, all clients", "KB", (line("in", "bytes_in", 1e-3), line("out", "bytes_out", 1e-3))),
        Plot("CPU", "% of a core", (line("server", "server_cpu", 100), line("tester, busiest", "cpu", 100))),
        Plot("Memory of the server", "MB", (line("resident", "server_memory_mb"),)),
        Plot("Lateness of the tester", "ms", percentiles("tester_lag_ms")),
        Plot("Joining", "ms", (line("connect p99", "connect_ms.p99"), line("join p99", "join_ms.p99"))),
    ]


def _plots(figures: dict[str, Any]) -> Iterator[str]:
    series = figures["series"]
    seconds = [row["second"] for row in series]
    yield '<div class="cards">'
    for plot in plots(series):
        if plot.empty:
            continue
        unit = f' <span class="soft">{escape(plot.unit)}</span>' if plot.unit else ""
        keys = "".join(
            f'<span><i class="c{number}"></i>{escape(line.name)}</span>'
            for number, line in enumerate(plot.lines)
            if not line.empty
        )
        yield f'<div class="card"><h2>{escape(plot.title)}{unit}</h2><div class="key">{keys}</div>'
        yield f"{to_svg(plot, seconds)}</div>"
    yield "</div>"


def _tables(figures: dict[str, Any]) -> Iterator[str]:
    spreads = [(name, figures[name], metric.meaning) for name, metric in SPREADS.items()]
    server = figures["server"]
    if server:
        spreads += [(name, server[name], meaning) for name, (_, _, meaning) in SERVER_SPREADS.items()]
    more = figures["more_than"]
    columns = ("p1", "p50", "p95", "p99", "p99.9", "max", "mean")
    rows = [
        (name, *(_number(spread.get(column), more=f"{name}.{column}" in more) for column in columns), meaning)
        for name, spread, meaning in spreads
        if any(value is not None for value in spread.values())
    ]
    yield _table(("", *columns, ""), rows)
    counts = [(name, _number(figures[name]), meaning) for name, meaning in COUNTS.items() if figures[name]]
    for name, meaning in COUNTS_BY_KIND.items():
        counts += [(f"{name}: {kind}", _number(times), meaning) for kind, times in figures[name].items()]
    if server:
        said = {**{name: text for name, (_, text) in SERVER_COUNTS.items()}, **SERVER_LEVELS}
        counts += [(name, _number(server[name]), text) for name, text in said.items()]
    counts += [(name, "not measured", why) for name, why in figures["absent"].items()]
    yield _table(("", "", ""), counts)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    heads = "".join(f"<th>{escape(name)}</th>" for name in head)
    lines = "".join(
        "<tr>"
        + "".join(f"<td>{escape(cell)}</td>" for cell in row[:-1])
        + f'<td class="why">{escape(row[-1])}</td></tr>'
        for row in rows
    )
    return f'<div class="card scroll"><table><tr>{heads}</tr>{lines}</table></div><p></p>'


def _number(value: float | None, *, more: bool = False) -> str:
    if value is None:
        return ""
    digits = f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:,.2f}"
    return f"> {digits}" if more else digits


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share)
