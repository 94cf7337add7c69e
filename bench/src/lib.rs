//! Capacity and latency figures, as ratios in one run.
