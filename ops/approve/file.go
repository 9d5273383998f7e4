package approve

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"calm/model/action"
	"calm/model/incident"
	"calm/ops"
)

// maxSigners bounds the file, in bytes.
const maxSigners = 1 << 20

// Signers is an allowed_signers file as it was read.
type Signers struct {
	Path   string
	SHA256 string
	Weaker string // why it is worth less: the one who asks could have written it; empty where not
	All    []Signer
	Bad    []error // lines that count for nothing
}

// ReadSigners reads the file of those whose signatures count. One that anybody else than its owner can
// write is Denied. One that the requester could write counts, and says so: where everybody is root there
// is no other.
func ReadSigners(path string, by incident.Actor) (Signers, error) {
	op := "read " + path
	out := Signers{Path: path}
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return out, &ops.Error{Code: ops.Denied, Op: op, Detail: "there is no " + path + ", so calm can't know whose signature counts; calm approve --help says how to write it", Err: err}
	case errors.Is(err, unix.ELOOP):
		return out, ops.Errorf(ops.Denied, op, "%s is a symbolic link, which calm does not follow", path)
	case err != nil:
		return out, ops.Wrap(op, err)
	}
	defer f.Close()
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return out, ops.Wrap(op, err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG || st.Size > maxSigners {
		return out, ops.Errorf(ops.Denied, op, "%s is not a plain file of a sensible size", path)
	}
	if out.Weaker, err = guarded(path, st, by); err != nil {
		return out, err
	}
	source, err := io.ReadAll(io.LimitReader(f, maxSigners))
	if err != nil {
		return out, ops.Wrap(op, err)
	}
	sum := sha256.Sum256(source)
	out.SHA256 = hex.EncodeToString(sum[:])
	out.All, out.Bad = ParseSigners(source)
	return out, nil
}

// guarded says whether the one who asks could have written a file, or put another in its place; the
// error is that anybody could.
func guarded(path string, st unix.Stat_t, by incident.Actor) (weaker string, err error) {
	op := "read " + path
	if st.Mode&0o022 != 0 {
		return "", ops.Errorf(ops.Denied, op, "others than its owner may write to %s; chmod go-w it, and look at what is in it", path)
	}
	if by.UID == 0 {
		weaker = "asked for by root, who could write " + path
	}
	if mine(st.Uid, by) {
		weaker = path + " belongs to " + by.Name + ", who asks"
	}
	above := []string{filepath.Dir(path)}
	if real, err := filepath.EvalSymlinks(above[0]); err == nil && real != above[0] {
		above = append(above, real)
	}
	for _, dir := range above {
		for ; ; dir = filepath.Dir(dir) {
			var st unix.Stat_t
			if err := unix.Stat(dir, &st); err != nil {
				return "", ops.Wrap(op, err)
			}
			if st.Mode&0o022 != 0 && st.Mode&unix.S_ISVTX == 0 {
				return "", ops.Errorf(ops.Denied, op, "others than its owner may write to %s, so %s could be anybody's; chmod go-w it", dir, path)
			}
			if mine(st.Uid, by) && weaker == "" {
				weaker = dir + " belongs to " + by.Name + ", who asks"
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return weaker, nil
}

// mine says whether a file's owner is the one who asks, under either of their numbers.
func mine(owner uint32, by incident.Actor) bool {
	return owner != 0 && (int(owner) == by.UID || int(owner) == by.LoginUID)
}

// isUser says whether a principal is the name of a user of this host who is the one who asks.
func isUser(principal string, by incident.Actor) bool {
	name, _, _ := strings.Cut(principal, "@")
	u, err := user.Lookup(name)
	if err != nil {
		return false
	}
	uid, err := strconv.Atoi(u.Uid)
	return err == nil && (uid == by.UID || uid == by.LoginUID)
}

// Peer is who is at the other end of a socket, by the kernel's word.
type Peer struct {
	PID      int
	UID      int
	LoginUID int // of the login that the process belongs to; -1 when it has none
	Name     string
}

// another says why a peer is not somebody else than the one who asks; nil where it is. Root that came by
// sudo is the one who logged in.
func another(by incident.Actor, p Peer) error {
	switch {
	case p.UID == by.UID:
		return fmt.Errorf("you are the user who asks (%s, uid %d): somebody else must agree", by.Name, by.UID)
	case p.LoginUID >= 0 && (p.LoginUID == by.LoginUID || p.LoginUID == by.UID):
		return fmt.Errorf("you logged in as the one who asks (%s): another uid does not make you another person", by.Name)
	case p.LoginUID < 0 && p.UID == by.LoginUID:
		return fmt.Errorf("you are the user who asks (%s, uid %d): somebody else must agree", by.Name, by.LoginUID)
	case p.UID == 0 && p.LoginUID < 0:
		return errors.New("root without a login could be anybody, by sudo: approve as yourself, or by a signature")
	}
	return nil
}

// second says why a peer's approval does not count; nil where it does.
func (p Policy) second(ask action.Ask, peer Peer) error {
	if err := another(ask.By, peer); err != nil {
		return err
	}
	if len(p.Approvers) == 0 {
		return nil
	}
	// By their login where there is one: that is who they are.
	id := peer.LoginUID
	if id < 0 {
		id = peer.UID
	}
	for _, name := range p.Approvers {
		if u, err := user.Lookup(name); err == nil && u.Uid == strconv.Itoa(id) {
			return nil
		}
	}
	return fmt.Errorf("%s is not among the approvers of this host: %s", peer.Name, strings.Join(p.Approvers, ", "))
}

// Seconded is the approval by another user of this host: the weaker form, because a root user can become
// anybody.
func (p Policy) Seconded(ask action.Ask, peer Peer) (incident.GrantedData, error) {
	if err := p.second(ask, peer); err != nil {
		return incident.GrantedData{}, err
	}
	return incident.GrantedData{
		Hash: ask.Hash, How: incident.BySecond, By: peer.Name, Weaker: "a second user of this host, not signed",
		UID: &peer.UID, LoginUID: &peer.LoginUID,
	}, nil
}
