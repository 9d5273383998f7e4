package practice

import "context"

// Fetch gets every program that a practice host needs into the cache, and starts nothing.
func Fetch(ctx context.Context, o Options) error {
	h, err := locate(o)
	if err != nil {
		return err
	}
	_, err = cache{dir: h.rec.Cache, log: h.log}.fetch(ctx)
	return err
}
