import pytest

from goldspike.model.imc.chain import ChainParams
from goldspike.model.imc.shared.layer import LayerParams


def layer(channels, outputs, **change):
    return LayerParams(**{"height": 4, "width": 4, "channels": channels, "outputs": outputs,
                          **change})  # fmt: skip


def test_the_timestep_is_that_of_the_busiest_core():
    params = ChainParams(layers=(layer(1, 8), layer(8, 40)), shifts=(4, 4))
    assert params.window == 3  # 40 channels are three words
    assert params.timestep == max(core.busiest for core in params.cores)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"shifts": (1,)}, "shifts must have one entry per layer"),
        ({"layers": (layer(1, 8), layer(7, 8))}, "a layer must take the"),
        ({"replicas": (1,)}, "replicas must have one entry per layer"),
        ({"residuals": ((1, 0, 5),)}, "a residual must lead forward, not from 1 to 0"),
        ({"residuals": ((0, 1, 5),)}, "the residual from 0 to 1 must keep its shape"),
        ({"residuals": ((1, 1, 0),)}, "gain must be at least 1, not 0"),
        ({"residuals": ((0, 1),)}, r"a residual must be \(source, sink, gain\), not \(0, 1\)"),
        (
            {"residuals": ((0, 1, 5), (0, 1, 6))},
            r"a core must send one residual and add one at most, not \(\(0, 1, 5\), \(0, 1, 6\)\)",
        ),
    ],
)
def test_bad_chains_are_refused(change, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        ChainParams(**{"layers": (layer(1, 8), layer(8, 8)), "shifts": (4, 4), **change})
