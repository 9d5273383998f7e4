package main

import (
	"os"

	"calm/ops/config"
	"calm/ops/secret"
)

// hidden is what no screen, file or journal of calm's may show, as far as the settings and calm's own
// environment know it. The key of its marks lies in the state folder; one that only looks makes none.
func hidden(cfg config.Config, look bool) (secret.Set, error) {
	known := append(secret.Of(cfg.Env.List()), secret.Of(os.Environ())...)
	if uri := cfg.Mongo.URI; uri.Set() {
		known = append(known, secret.Of([]string{uri.Name + "=" + uri.Reveal()})...)
	}
	if look {
		key, err := secret.Existing(cfg.State)
		if err != nil {
			key = secret.Passing() // marks compare with no others, and hide as well
		}
		return secret.Set{Key: key, Known: known}, nil
	}
	key, err := secret.Key(cfg.State)
	return secret.Set{Key: key, Known: known}, err
}
