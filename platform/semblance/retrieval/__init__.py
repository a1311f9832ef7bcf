"""The science: distances, normalisation, fusion, feedback and measures, and the one home of vector SQL."""
