"""Results as pictures: each module turns results into one Vega-Lite specification, and `drawing` draws it."""
