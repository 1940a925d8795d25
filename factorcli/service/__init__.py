"""The use cases, what they keep and under which keys: exposures, heatmaps, factor statistics, doctor."""
