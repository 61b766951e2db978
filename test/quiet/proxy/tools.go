//go:build tools

// Package proxy pins the modules of a gateway to models, for the tests that prove Hullcheck quiet on them.
package proxy

import (
	_ "github.com/anthropics/anthropic-sdk-go"
	_ "github.com/go-jose/go-jose/v4"
	_ "github.com/golang-jwt/jwt/v5"
	_ "github.com/jackc/pgx/v5"
	_ "github.com/lib/pq"
	_ "github.com/openai/openai-go"
	_ "github.com/redis/go-redis/v9"
	_ "golang.org/x/crypto/ssh"
	_ "golang.org/x/oauth2/google"
	_ "google.golang.org/grpc"
)
