// Package approvetest makes keys and signatures for tests, as `ssh-keygen -Y sign` would. It is for tests
// only: no key of it is ever written to disk.
package approvetest

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"testing"

	"golang.org/x/crypto/ssh"
)

// Key is one that somebody signs with.
type Key struct {
	t      testing.TB
	signer func(signed []byte) ssh.Signature
	Public ssh.PublicKey
}

// New makes an ed25519 key.
func New(t testing.TB) Key {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return Of(t, private)
}

// Of is a key that there is already, of any type that ssh knows.
func Of(t testing.TB, private crypto.Signer) Key {
	t.Helper()
	signer, err := ssh.NewSignerFromSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	return Key{t: t, Public: signer.PublicKey(), signer: func(signed []byte) ssh.Signature {
		made, err := signer.Sign(rand.Reader, signed)
		if err != nil {
			t.Fatal(err)
		}
		return *made
	}}
}

// NewToken makes a key as a security token has it; touched is whether its signatures say that a person
// touched it.
func NewToken(t testing.TB, touched bool) Key {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	const application = "ssh:"
	key, err := ssh.ParsePublicKey(ssh.Marshal(struct {
		Type        string
		Key         []byte
		Application string
	}{ssh.KeyAlgoSKED25519, public, application}))
	if err != nil {
		t.Fatal(err)
	}
	return Key{t: t, Public: key, signer: func(signed []byte) ssh.Signature {
		rest := []byte{0, 0, 0, 0, 7}
		if touched {
			rest[0] = 1
		}
		app, text := sha256.Sum256([]byte(application)), sha256.Sum256(signed)
		blob := bytes.Join([][]byte{app[:], rest, text[:]}, nil)
		return ssh.Signature{Format: ssh.KeyAlgoSKED25519, Blob: ed25519.Sign(private, blob), Rest: rest}
	}}
}

// Line is the key's line in allowed_signers. options may be empty.
func (k Key) Line(principals, options string) string {
	if options != "" {
		options += " "
	}
	return principals + " " + options + string(ssh.MarshalAuthorizedKey(k.Public))
}

// Sign gives the armoured signature of a line, as `echo LINE | ssh-keygen -Y sign` does.
func (k Key) Sign(line string) string { return k.SignAs("calm", line+"\n") }

// SignAs gives the armoured signature of a text for a namespace.
func (k Key) SignAs(namespace, text string) string {
	sum := sha512.Sum512([]byte(text))
	made := k.signer(append([]byte("SSHSIG"), ssh.Marshal(struct{ Namespace, Reserved, Hash, Sum string }{namespace, "", "sha512", string(sum[:])})...))
	return Armour(ssh.Marshal(struct {
		Version                              uint32
		Key, Namespace, Reserved, Hash, Made string
	}{1, string(k.Public.Marshal()), namespace, "", "sha512", string(ssh.Marshal(made))}))
}

// Armour puts what follows the magic into the form that a person copies.
func Armour(blob []byte) string {
	encoded := base64.StdEncoding.EncodeToString(append([]byte("SSHSIG"), blob...))
	var out bytes.Buffer
	out.WriteString("-----BEGIN SSH SIGNATURE-----\n")
	for len(encoded) > 70 {
		fmt.Fprintln(&out, encoded[:70])
		encoded = encoded[70:]
	}
	fmt.Fprintf(&out, "%s\n-----END SSH SIGNATURE-----\n", encoded)
	return out.String()
}
