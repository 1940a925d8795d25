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
# Spearman's rank correlation of stocks' betas with those of the next year, windows of 252 sessions, NSE 2021 to 2025;
# `market` is the one-factor beta.
LASTING = {INDIA_5F.id: {"market": 0.68, "MKT": 0.31, "VAL": 0.10, "MOM": 0.09, "SZ": 0.69, "VOL": 0.14}}
