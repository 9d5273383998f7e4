// Package e2e drives the real binary in a real pseudo-terminal over the real practice host: break
// it, see it, cure it by keys, read what was written down. It has tests only.
package e2e
