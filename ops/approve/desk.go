package approve

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/user"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"calm/model/action"
	"calm/ops"
)

// deskName is the beginning of the abstract names of the sockets at which answers are taken. They are in
// no folder, so no permission and no leftover file is in the way, and they end with their process.
const deskName = "@calm/approve/"

const (
	maxVisitors = 16
	maxMessage  = 4 << 20
	manners     = 5 * time.Second // for what a program says at once; a person has action.ApprovalTime
)

// Offer is what is put to a visitor.
type Offer struct {
	Ask   action.Ask  `json:"ask"`
	Plan  action.Plan `json:"plan"`
	Needs string      `json:"needs"`
}

// Answer is what a visitor says to it: a signature, or yes or no by the kernel's word who it is.
type Answer struct {
	Yes       bool   `json:"yes"`
	Signature string `json:"signature,omitempty"`
}

// result is what became of an answer.
type result struct {
	Words string `json:"words"`
	Error string `json:"error,omitempty"`
}

// Desk takes the answers of other users of this host to one offer. Whoever can reach this host's network
// namespace can come; who it is, the kernel says.
type Desk struct {
	listener *net.UnixListener
	offer    Offer
	answer   func(context.Context, Peer, Answer) (string, error)
}

// NewDesk opens a desk. That another process has one for the same offer is a Conflict.
func NewDesk(offer Offer, answer func(context.Context, Peer, Answer) (string, error)) (*Desk, error) {
	name := deskName + offer.Ask.Hash
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: name, Net: "unix"})
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, ops.Errorf(ops.Conflict, "listen for approvals", "another console does: %w", err)
	}
	if err != nil {
		return nil, ops.Wrap("listen for approvals", err)
	}
	return &Desk{listener: l, offer: offer, answer: answer}, nil
}

// Serve takes visitors until the context ends, and waits for those that are there.
func (d *Desk) Serve(ctx context.Context) {
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	context.AfterFunc(ctx, func() { _ = d.listener.Close() })
	var all sync.WaitGroup
	defer all.Wait()
	chairs := make(chan struct{}, maxVisitors)
	for {
		conn, err := d.listener.AcceptUnix()
		if err != nil {
			return
		}
		select {
		case chairs <- struct{}{}:
			all.Go(func() {
				d.visit(ctx, conn)
				<-chairs
			})
		default:
			_ = conn.Close()
		}
	}
}

func (d *Desk) visit(ctx context.Context, conn *net.UnixConn) {
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	peer, err := peerOf(conn)
	if err != nil || say(conn, d.offer) != nil {
		return
	}
	var a Answer
	_ = conn.SetReadDeadline(time.Now().Add(action.ApprovalTime))
	if hear(conn, &a) != nil {
		return
	}
	var r result
	if r.Words, err = d.answer(ctx, peer, a); err != nil {
		r.Error = reason(err)
	}
	stop() // the wait is over by this very answer, and it is owed a word
	_ = say(conn, r)
}

// Visit is a look at an offer, from another process.
type Visit struct {
	Offer
	Server Peer // whose process asks
	conn   *net.UnixConn
}

// Waiting are the hashes of what waits for an approval on this host.
func Waiting() ([]string, error) {
	text, err := os.ReadFile("/proc/net/unix")
	if err != nil {
		return nil, ops.Wrap("look for plans that wait", err)
	}
	seen := map[string]bool{}
	var out []string
	for line := range strings.Lines(string(text)) {
		_, hash, ok := strings.Cut(strings.TrimSpace(line), " "+deskName)
		if ok && isHash(hash) && !seen[hash] {
			seen[hash] = true
			out = append(out, hash)
		}
	}
	return out, nil
}

func isHash(text string) bool {
	return len(text) == 64 && strings.Trim(text, "0123456789abcdef") == ""
}

// Call visits the desk of an offer. What is shown there must be what its name says, and be asked by the
// user whose process shows it.
func Call(ctx context.Context, hash string) (*Visit, error) {
	op := "approve " + hash[:min(8, len(hash))]
	var dialer net.Dialer
	raw, err := dialer.DialContext(ctx, "unix", deskName+hash)
	if err != nil {
		return nil, ops.Errorf(ops.Unreachable, op, "nobody waits for it any more: %w", err)
	}
	conn := raw.(*net.UnixConn)
	v := &Visit{conn: conn}
	if v.Server, err = peerOf(conn); err == nil {
		_ = conn.SetReadDeadline(time.Now().Add(manners))
		err = hear(conn, &v.Offer)
	}
	switch {
	case err != nil:
		err = ops.Wrap(op, err)
	case !v.Ask.Sealed() || v.Ask.Hash != hash || v.Plan.Hash != v.Ask.Plan || !v.Plan.Matches(v.Plan.Hash):
		err = ops.Errorf(ops.Denied, op, "what %s (uid %d) shows there is not what its name says", v.Server.Name, v.Server.UID)
	case v.Server.UID != 0 && v.Server.UID != v.Ask.By.UID:
		err = ops.Errorf(ops.Denied, op, "it says that %s asks, and is shown by %s (uid %d)", v.Ask.By.Name, v.Server.Name, v.Server.UID)
	default:
		return v, nil
	}
	_ = conn.Close()
	return nil, err
}

// Answer says what the visitor thinks, and gives what became of it. It ends the visit.
func (v *Visit) Answer(a Answer) (string, error) {
	defer v.conn.Close()
	op := "approve " + v.Ask.Title
	var r result
	err := say(v.conn, a)
	if err == nil {
		_ = v.conn.SetReadDeadline(time.Now().Add(4 * manners)) // it is written to a disk first
		err = hear(v.conn, &r)
	}
	switch {
	case err != nil:
		return "", ops.Errorf(ops.Failed, op, "the one who asks has gone, so it is not known to be taken: %w", err)
	case r.Error != "":
		return "", ops.Errorf(ops.Denied, op, "%s", r.Error)
	}
	return r.Words, nil
}

// Close ends the visit without an answer.
func (v *Visit) Close() { _ = v.conn.Close() }

// say writes one message: its JSON, in a line.
func say(w net.Conn, v any) error {
	_ = w.SetWriteDeadline(time.Now().Add(manners))
	return json.NewEncoder(w).Encode(v)
}

func hear(r io.Reader, v any) error {
	line, err := bufio.NewReader(io.LimitReader(r, maxMessage)).ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("it said nothing: %w", err)
	}
	return json.Unmarshal(line, v)
}

// peerOf is who is at the other end: by SO_PEERCRED, and by the login that its process belongs to, which
// sudo does not change.
func peerOf(conn *net.UnixConn) (Peer, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return Peer{}, err
	}
	var cred *unix.Ucred
	var credErr error
	if err := raw.Control(func(fd uintptr) { cred, credErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }); err != nil || credErr != nil {
		return Peer{}, errors.Join(err, credErr)
	}
	p := Peer{PID: int(cred.Pid), UID: int(cred.Uid), LoginUID: -1}
	if text, err := os.ReadFile("/proc/" + strconv.Itoa(p.PID) + "/loginuid"); err == nil {
		if n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 32); err == nil && n != 1<<32-1 {
			p.LoginUID = int(n)
		}
	}
	p.Name = p.name()
	return p, nil
}

// name is the login's, where there is one: that is who it is, whoever it has become since.
func (p Peer) name() string {
	id := p.LoginUID
	if id < 0 {
		id = p.UID
	}
	if u, err := user.LookupId(strconv.Itoa(id)); err == nil {
		return u.Username
	}
	return "user " + strconv.Itoa(id)
}
