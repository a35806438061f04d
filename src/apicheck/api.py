"""The straight line, written down: load, compare, judge. (In work.)"""
