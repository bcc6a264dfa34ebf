// Package run is what every run that moves viewers does alike, whatever it is that
// moves them: what a verdict is worth, what is looked at before the first write, whether
// the way back is taken, and the last look of a run that was told to stop. Each of these
// is written once, here, and every kind of cutover calls it.
//
// It stands above engine, gate and clock and knows neither AWS nor Terraform: it is
// handed functions that look, and gates that are already about somebody. It never
// writes, never decides which step comes next (package cutover does), never judges a
// sample (package gate does) and never words a diagnostic (package diags does).
package run
