"""The dashboard: pages that read run folders and ventures, call pure functions and draw. Never trains by itself."""
