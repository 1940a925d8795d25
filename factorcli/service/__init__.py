"""The use cases over one context: exposures, heatmap, factor statistics, doctor; and the keys of what they keep."""
