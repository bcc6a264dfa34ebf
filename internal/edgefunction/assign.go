package edgefunction

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

// Weight is the share of one side, in percent.
type Weight struct {
	Side    string
	Percent int
}

// How exact the arithmetic is. JavaScript's numbers hold integers exactly below 2^53;
// nothing here comes above 2^52.
const (
	hashBits     = 26 // of the hash
	fractionBits = 20 // of the logarithm
)

// Assign returns the side of the viewer id. It is weighted rendezvous hashing: every
// side draws a number from the hash of the salt, the id and its own name, exponentially
// distributed, and the least number per weight wins. So a side's share is its weight over the
// sum of all, and a change of one side's weight moves nobody between two others: raising
// it only moves viewers to it, lowering it only viewers away from it, and the same ones.
//
// It returns "" if no side has a weight above 0. The order of the weights does not matter.
func Assign(salt, id string, weights []Weight) string {
	var buffer [256]byte
	text := append(append(append(buffer[:0], salt...), '\n'), id...)
	text = append(text, '\n')
	side := ""
	var least, weight uint64
	for _, w := range weights {
		if w.Percent <= 0 {
			continue
		}
		percent := uint64(w.Percent)
		drawn := draw(append(text, w.Side...))
		a, b := drawn*weight, least*percent
		if side == "" || a < b || a == b && w.Side < side {
			side, least, weight = w.Side, drawn, percent
		}
	}
	return side
}

// draw returns an exponentially distributed number with fractionBits fractional bits:
// the negative binary logarithm of a number in (0, 1] from the first bits of the hash.
func draw(text []byte) uint64 {
	sum := sha256.Sum256(text)
	u := uint64(binary.BigEndian.Uint32(sum[:4])>>(32-hashBits)) + 1
	whole := bits.Len64(u) - 1
	// The mantissa is held between 2^25 and 2^26. Squaring it doubles the logarithm,
	// and whether it grew over 2^26 is the next binary digit of that.
	x := u << (hashBits - 1) >> whole
	log := uint64(whole)
	for range fractionBits {
		x = x * x >> (hashBits - 1)
		digit := x >> hashBits
		x >>= digit & 1 // it is 0 or 1, and a branch would be guessed wrong every other time
		log = log<<1 | digit
	}
	return hashBits<<fractionBits - log
}
