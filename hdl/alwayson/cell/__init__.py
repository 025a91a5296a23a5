"""The always-on classifier in the `cell` realisation: gated clocks, spike-clocked flip-flops."""
