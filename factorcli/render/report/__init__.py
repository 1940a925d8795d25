"""Reports as one HTML page: sections made of results, and the template, style sheet and script that show them."""
