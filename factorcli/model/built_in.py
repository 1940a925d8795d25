"""The built-in models."""

from factorcli.model.factor_model import Factor, FactorModel

INDIA_5F = FactorModel(
    id="india-5f",
    factors=(
        Factor("MKT", "Nifty 50", ("^NSEI",), excess=True),
        Factor("VAL", "Nifty 50 Value 20", ("NV20BEES.NS", "NV20IETF.NS")),
        Factor(
            "MOM",
            "Nifty 200 Momentum 30",
            ("MOMOMENTUM.NS", "MOM30IETF.NS", "HDFCMOMENT.NS"),
        ),
        Factor("SZ", "Nifty Midcap 150", ("MID150BEES.NS", "HDFCMID150.NS", "MIDCAPIETF.NS")),
        Factor("VOL", "India VIX", ("^INDIAVIX",), transform="pct", traded=False),
    ),
)
BUILT_IN = {INDIA_5F.id: INDIA_5F}
