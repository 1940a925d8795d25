"""Result records from fitted windows: fits, eligibility, betas, decompositions, heatmap rows, warnings."""
