"""The use cases over one context: exposures, heatmap, factor statistics, doctor; and their cache keys."""
