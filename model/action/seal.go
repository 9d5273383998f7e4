package action

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// Seal sets Hash. Nothing in the plan may change after it.
func (p *Plan) Seal() {
	p.Hash = p.digest()
}

// Matches says whether the plan is still the one that was sealed, and whether hash is that one's:
// what a person confirmed, or what was written down before the start.
func (p Plan) Matches(hash string) bool {
	return hash != "" && hash == p.Hash && hash == p.digest()
}

func (p Plan) digest() string {
	p.Hash = ""
	return digest(p)
}

// digest is the SHA-256, in lower-case hex, of a value's JSON. Go writes the fields in the order of
// the struct and the keys of a map sorted, so the JSON is canonical. What cannot be written as JSON (a
// range with NaN) has no digest and so never matches.
func digest(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
