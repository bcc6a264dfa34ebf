package provider_test

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	play()
	os.Exit(m.Run())
}
