package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"

	"calm/ops"
)

// Set is what must not be seen, with the key of its marks.
type Set struct {
	Key   []byte  `json:"key"`
	Known []Known `json:"known"`
}

// Redactor makes a redactor of the set.
func (s Set) Redactor() *Redactor { return NewRedactor(s.Key, s.Known) }

// Seal gives a value as it may lie on disk, for Open with the same key. It keeps it from the readers
// of a folder, a backup or a bundle, and not from one who has the key as well. The name goes with
// it: sealed under one, it can't be opened under another.
func Seal(key []byte, name, value string) string {
	c := sealing(key)
	nonce := make([]byte, c.NonceSize())
	_, _ = rand.Read(nonce) // never fails
	return base64.StdEncoding.EncodeToString(c.Seal(nonce, nonce, []byte(value), []byte(name)))
}

// Open gives the value that was sealed.
func Open(key []byte, name, sealed string) (string, error) {
	c := sealing(key)
	b, err := base64.StdEncoding.DecodeString(sealed)
	if err == nil && len(b) >= c.NonceSize() {
		var value []byte
		if value, err = c.Open(nil, b[:c.NonceSize()], b[c.NonceSize():], []byte(name)); err == nil {
			return string(value), nil
		}
	}
	return "", ops.Errorf(ops.Invalid, "open $"+name, "it was kept with another key than that of this state folder; run the step that sets it again")
}

// sealing is AES-256-GCM under a key that is made of the marks' key, for this use alone.
func sealing(key []byte) cipher.AEAD {
	sum := sha256.Sum256(append([]byte("calm carried context\x00"), key...))
	block, err := aes.NewCipher(sum[:])
	if err != nil {
		panic(err) // of a key of another size alone
	}
	c, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // of another block size alone
	}
	return c
}
