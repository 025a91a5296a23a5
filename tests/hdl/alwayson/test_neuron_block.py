import numpy as np
import pytest

from goldspike.hdl.alwayson.neuron_block import NeuronBlock
from goldspike.model.alwayson.neuron import NeuronParams
from goldspike.model.alwayson.neuron_block import (
    NeuronBlockModel,
    NeuronBlockParams,
    Responder,
    Settings,
    spikes,
)
from goldspike.model.alwayson.neuron_fsm import NeuronFsmParams

TICKS = 1500


@pytest.mark.parametrize(
    "settings", [Settings(threshold=2), Settings(length=2, divide=3, threshold=2)]
)
def test_block_equals_its_model_behind_its_scan_chain(rtl, plain_records, settings):
    neuron = NeuronParams(fsm=NeuronFsmParams(bits=4))
    params = NeuronBlockParams(neurons=2, neuron=neuron, length_bits=2, divide_bits=2)
    rng = np.random.default_rng(4)
    chance = np.repeat(rng.choice([0.01, 0.1], 30), 50)[:, None, None] * [[1.0], [0.2]]
    rising = rng.random((TICKS, 2, 2)) < chance
    rising[:20] = rising[-300:] = False
    rising[1:] &= ~rising[:-1]
    tick, line, neuron_of = np.nonzero(rising)
    responder = Responder(rng.integers(1, 20, 31), rng.integers(1, 20, 37))
    run = NeuronBlockModel(params, settings).run(
        spikes(tick + 1, neuron_of, line), responder=responder, traced=True
    )
    assert run.counts["requests"].sum() > 3 and run.counts["lost"].sum() > 0
    bits = params.scanned(settings)
    scan, scan_in = np.zeros(TICKS, bool), np.zeros(TICKS, bool)
    scan[2 : 2 + len(bits)], scan_in[2 : 2 + len(bits)] = True, bits
    change = np.zeros((TICKS, 2), bool)
    change[run.acks["tick"] - 1, run.acks["neuron"]] = True
    ack = np.logical_xor.accumulate(change, axis=0)
    assert not ack[-1].any()
    pins = {"plus": rising[:, 0], "minus": rising[:, 1], "ack": ack}
    levels = {name: level @ [1, 2] for name, level in pins.items()}
    got = rtl(NeuronBlock, params, scan=scan, scan_in=scan_in, **levels)
    assert got == plain_records(run.records)
