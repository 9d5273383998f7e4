// Package ops is the boundary to the world. Each folder below it wraps one outside thing: a
// process manager, a database, a file, a socket. This root package owns only what they share: the
// error that every one of them returns.
//
// ops imports model and is imported by main alone; model and ui never see it.
package ops

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
)

// Code says what kind of failure an operation met, so that a screen can choose its words and a
// script its exit status.
type Code string

// The codes. A failure that fits none of the first five is Failed.
const (
	Unreachable Code = "unreachable" // nothing answered: refused, no such socket, no route
	Denied      Code = "denied"      // answered, and said no: permissions, authentication
	Timeout     Code = "timeout"     // no answer within the time it had
	Invalid     Code = "invalid"     // the answer, the input or the configuration makes no sense
	Conflict    Code = "conflict"    // somebody else holds or changed it
	Failed      Code = "failed"      // it ran, and did not succeed
)

// Error is what every operation below ops returns when it fails.
type Error struct {
	Code   Code
	Op     string // as the operator would type or say it: "pm2 jlist", "GET http://…/api/health"
	Detail string // one line: the first line of stderr, or what to do next; may be empty
	Err    error  // the cause; may be nil
}

// Error gives one line: operation, detail or cause.
func (e *Error) Error() string {
	why := e.Detail
	if why == "" && e.Err != nil {
		why = e.Err.Error()
	}
	if why == "" {
		why = string(e.Code)
	}
	return e.Op + ": " + why
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf builds an Error whose detail is formatted; an argument matched by %w becomes its cause.
func Errorf(code Code, op, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Op: op, Detail: err.Error(), Err: errors.Unwrap(err)}
}

// Wrap turns a cause from the standard library into an Error, choosing the code from what the
// cause is. It returns nil for nil and leaves an *Error as it is.
func Wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	var own *Error
	if errors.As(err, &own) {
		return err
	}
	return &Error{Code: Classify(err), Op: op, Detail: firstLine(plain(err)), Err: err}
}

// CodeOf gives the code of an error that came from below ops, and Failed for any other.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Classify(err)
}

// Classify chooses a code for an error of the standard library.
func Classify(err error) Code {
	var netErr net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &netErr) && netErr.Timeout():
		return Timeout
	case errors.Is(err, fs.ErrPermission):
		return Denied
	case errors.Is(err, fs.ErrExist):
		return Conflict
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED),
		errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return Unreachable
	}
	return Failed
}

// plain says the cause in an operator's words where Go's own would confuse.
func plain(err error) string {
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return "no answer in time"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	}
	return err.Error()
}

func firstLine(s string) string {
	s = strings.TrimSpace(s)
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return strings.TrimSpace(s[:i])
	}
	return s
}
