"""Why nets of self-timed circuits that could glitch do not, or do no harm. One sentence each."""

from goldspike.signoff.hazards.cones import Reason

__all__ = ["REASONS", "STILL"]

STILL = ("rst", "clear", "*idle[[]*")
"""Sources that hold still while anything happens: they change at rest, or while all is reset."""

POWER = Reason(
    "*need",
    "The gated clock is up while its registers change; a spike or request rises by itself, and a "
    "request falls while the block is at work.",
    clean=True,
    held="gated",
)

REASONS = (
    POWER,
    Reason(
        "*mutex/request",
        "While power is needed the mutex grants nothing; else the delayed need alone moves it.",
    ),
    *(
        Reason(
            nets,
            "Power's fall is what makes it no longer good, and its rise makes it good a delay "
            "later: the two change in this order.",
            clean=True,
        )
        for nets in ("reset", "*.reset", "*standby", "*taken_rst", "*synapse_rst")
    ),
    *(
        Reason(
            nets,
            "A spike at the moment that its delayed copy falls leaves a short pulse, while no "
            "gated edge is near, and only those sample what is clamped.",
        )
        for nets in ("*isolation/isolate", "*retention/retain", "*usable_delay/a", "pin retain")
    ),
    Reason(
        "*pin request",
        "A register behind isolation, which begins and ends while the register is down.",
        clean=True,
    ),
    Reason(
        "*request_delay/a",
        "A register behind isolation, which begins and ends while the register is down.",
        clean=True,
    ),
    *(
        Reason(
            f"pin {name}*",
            "A register behind isolation, which begins and ends while it is down; the weights "
            "change while it is down, too.",
            clean=True,
            alone="launch",
        )
        for name in ("plus", "minus")
    ),
    Reason(
        "*clock_ungate",
        "Opened changes while the two are equal, closed while they differ.",
        clean=True,
    ),
    Reason(
        "*clock_gate/clock",
        "Begun and ended change on opposite edges of the ring.",
        clean=True,
    ),
    Reason(
        "*ring_runs",
        "The ring looks at the end of a period, and what it runs for changes half a period before; "
        "at rest a spike or a request raises it by itself.",
    ),
    Reason(
        "pin clock_enable",
        "It leads to the ring's request, which is looked at later, and to the power gate, which "
        "the gated clock holds meanwhile.",
    ),
    *(
        Reason(f"pin {name}", "It is sampled by an edge a period later, or half a period.")
        for name in ("read", "row", "capture", "grant", "sleep")
    ),
    Reason(
        "*launch_and/clock",
        "A request falls after access only, when no launch can be: every order is explored.",
    ),
    Reason("*take_and/enable", "It changes with select, and its clock rises a delay cell later."),
    Reason(
        "*spike_out_and/enable",
        "It changes with the strobe, whose delayed copy rises later and is low by then.",
    ),
    Reason(
        "pin pending",
        "Asked changes while the two are equal, served while they differ.",
        clean=True,
    ),
    Reason("pin potential", "It is read at rest."),
    Reason("pin busy", "Nothing waits for it; it may be low for a moment as a launch follows."),
)
"""The first that fits a net, or a pin that it leads to, is its reason."""
