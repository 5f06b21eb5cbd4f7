"""HTTP interface: JSON answers and the web page."""
