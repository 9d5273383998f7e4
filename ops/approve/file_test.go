package approve

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"calm/model/incident"
	"calm/ops"
	"calm/ops/approve/approvetest"
)

// stranger asks, and owns no file of the tests.
var stranger = incident.Actor{Name: "ana", UID: 54321, LoginUID: 54321}

func TestSignersFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "allowed_signers")
	line := approvetest.New(t).Line("cto", "")
	if err := os.WriteFile(path, []byte(line), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := ReadSigners(path, stranger)
	if err != nil || f.Weaker != "" || len(f.All) != 1 || len(f.SHA256) != 64 {
		t.Errorf("%+v, %v", f, err)
	}
	me := os.Geteuid()
	for name, by := range map[string]incident.Actor{
		"root": {Name: "root", UID: 0, LoginUID: -1}, "by sudo": {Name: "ana", UID: 0, LoginUID: 1000},
	} {
		if f, err := ReadSigners(path, by); err != nil || !strings.Contains(f.Weaker, "could write") {
			t.Errorf("%s: %q, %v", name, f.Weaker, err)
		}
	}
	if me == 0 {
		// Owned by the one who asks: the file, then only its folder.
		if err := os.Chown(path, stranger.UID, -1); err != nil {
			t.Fatal(err)
		}
	}
	owner := incident.Actor{Name: "ana", UID: me, LoginUID: -1}
	if me == 0 {
		owner = stranger
	}
	if f, err := ReadSigners(path, owner); err != nil || !strings.Contains(f.Weaker, "belongs to ana") {
		t.Errorf("its owner: %q, %v", f.Weaker, err)
	}
	if me == 0 {
		if err := os.Chown(path, 0, -1); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(dir, stranger.UID, -1); err != nil {
			t.Fatal(err)
		}
		if f, err := ReadSigners(path, owner); err != nil || !strings.Contains(f.Weaker, dir+" belongs to ana") {
			t.Errorf("its folder's owner: %q, %v", f.Weaker, err)
		}
	}
}

func TestSignersFileOfAnybody(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "allowed_signers")
	put := func(mode os.FileMode) {
		if err := os.WriteFile(path, []byte("# nobody\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	refused := func(name, why string) {
		t.Helper()
		if _, err := ReadSigners(path, stranger); ops.CodeOf(err) != ops.Denied || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", name, err)
		}
	}
	refused("none", "there is no")
	put(0o664)
	refused("of a group", "others than its owner may write to "+path)
	put(0o646)
	refused("of everybody", "others than its owner may write to "+path)
	put(0o644)
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	refused("in a folder of everybody", "others than its owner may write to "+dir)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, path+".real"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path+".real", path); err != nil {
		t.Fatal(err)
	}
	refused("a link", "symbolic link")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	refused("a folder", "not a plain file")
}

// TestLoginKeys: the key that somebody came in with is theirs, whatever name allowed_signers has for it.
func TestLoginKeys(t *testing.T) {
	k, other := approvetest.New(t), approvetest.New(t)
	file := filepath.Join(t.TempDir(), "auth")
	if err := os.WriteFile(file, []byte("password\npublickey "+strings.TrimPrefix(k.Line("", ""), " ")), 0o600); err != nil {
		t.Fatal(err)
	}
	keys := LoginKeys(file)
	if len(keys) != 1 || len(LoginKeys("")) != 0 {
		t.Fatalf("%v", keys)
	}
	offer := offerOf(t)
	offer.Ask.By, offer.Ask.Keys = stranger, keys
	offer.Ask.Seal()
	path := filepath.Join(t.TempDir(), "allowed_signers")
	if err := os.WriteFile(path, []byte(k.Line("cto", "")+other.Line("ceo", "")), 0o644); err != nil {
		t.Fatal(err)
	}
	policy := Policy{Signers: path}
	if _, err := policy.Signed(offer.Ask, k.Sign(offer.Ask.Line())); err == nil || !strings.Contains(err.Error(), "came in with") {
		t.Errorf("her own key: %v", err)
	}
	if g, err := policy.Signed(offer.Ask, other.Sign(offer.Ask.Line())); err != nil || g.By != "ceo" {
		t.Errorf("another key: %+v, %v", g, err)
	}
}
