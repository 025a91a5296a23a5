"""The neuron's rules against a plain reading of the equations in exact numbers."""

from hypothesis import given, settings
from hypothesis import strategies as st

from goldspike.model.truenorth.neuron import leaked, sampled, saturated, thresholded

TOP = (1 << 19) - 1
potentials = st.one_of(
    st.integers(-TOP - 1, TOP), st.integers(-600, 600), st.sampled_from([-TOP - 1, TOP])
)
thresholds = st.one_of(st.integers(0, (1 << 18) - 1), st.integers(0, 300))


@given(potentials, st.integers(-256, 255))
@settings(deadline=None)
def test_leak_without_reversal_is_a_sum(potential: int, leak: int) -> None:
    assert leaked(potential, leak, 0, TOP) == min(TOP, max(-TOP - 1, potential + leak))


@given(potentials, st.integers(-256, -1))
@settings(deadline=None)
def test_a_converging_leak_goes_to_zero_and_stops(potential: int, leak: int) -> None:
    after = leaked(potential, leak, 1, TOP)
    assert abs(after) == max(0, abs(potential) - abs(leak))
    assert after * potential >= 0


@given(potentials, st.integers(0, 255))
@settings(deadline=None)
def test_a_diverging_leak_leaves_zero_alone(potential: int, leak: int) -> None:
    after = leaked(potential, leak, 1, TOP)
    expected = 0 if potential == 0 else potential + leak * (1 if potential > 0 else -1)
    assert after == saturated(expected, TOP)


@given(potentials, thresholds, thresholds, thresholds, st.integers(-256, 255))
@settings(deadline=None)
def test_thresholds(potential: int, alpha: int, beta: int, eta: int, reset: int) -> None:
    fires = potential >= alpha + eta
    for kappa in (0, 1):
        low = -beta if kappa else -(beta + eta)
        for gamma, up, down in (
            (0, reset, -reset),
            (1, potential - (alpha + eta), potential + beta + eta),
            (2, potential, potential),
        ):
            expected = up if fires else potential
            if not fires and potential < low:
                expected = -beta if kappa else down
            assert thresholded(potential, alpha, beta, eta, reset, gamma, kappa) == (
                expected,
                int(fires),
            )


def test_stochastic_values_have_the_mean_of_their_size() -> None:
    """|s| >= r for |s| + 1 of 256 draws, or all of them from 255 on; 0 adds nothing."""
    for value in (-256, -255, -7, -1, 0, 1, 100, 255):
        added = sum(sampled(value, draw) for draw in range(256))
        chances = min(256, abs(value) + 1) if value else 0
        assert added == (chances if value > 0 else -chances)
