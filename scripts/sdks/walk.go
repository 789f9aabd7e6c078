// A hold's whole way with stripe-go on the sandbox. Run by scripts/sandbox-sdks.mjs.
package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/stripe/stripe-go/v82"
	"github.com/stripe/stripe-go/v82/account"
	"github.com/stripe/stripe-go/v82/accountlink"
	"github.com/stripe/stripe-go/v82/customer"
	"github.com/stripe/stripe-go/v82/paymentintent"
	"github.com/stripe/stripe-go/v82/paymentmethod"
	"github.com/stripe/stripe-go/v82/refund"
	"github.com/stripe/stripe-go/v82/transfer"
	"github.com/stripe/stripe-go/v82/transferreversal"
)

func must(sound bool, what string, err error) {
	if !sound || err != nil {
		fmt.Fprintln(os.Stderr, what, err)
		os.Exit(1)
	}
}

func main() {
	stripe.Key = "sk_test_sdk"
	stripe.SetBackend(stripe.APIBackend, stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
		URL:               stripe.String(os.Getenv("SANDBOX_URL")),
		MaxNetworkRetries: stripe.Int64(0),
		LeveledLogger:     &stripe.LeveledLogger{Level: stripe.LevelNull},
	}))
	who, err := customer.New(&stripe.CustomerParams{Email: stripe.String("go@campus.example")})
	must(err == nil, "customer", err)
	card, err := paymentmethod.Attach("pm_card_visa", &stripe.PaymentMethodAttachParams{Customer: &who.ID})
	must(err == nil, "attach", err)
	hold := func(method string, key string) (*stripe.PaymentIntent, error) {
		params := &stripe.PaymentIntentParams{
			Amount:             stripe.Int64(2098),
			Currency:           stripe.String("usd"),
			Customer:           &who.ID,
			PaymentMethod:      &method,
			CaptureMethod:      stripe.String("manual"),
			Confirm:            stripe.Bool(true),
			PaymentMethodTypes: stripe.StringSlice([]string{"card"}),
		}
		params.AddExpand("latest_charge")
		if key != "" {
			params.SetIdempotencyKey(key)
		}
		return paymentintent.New(params)
	}
	held, err := hold(card.ID, "go-1")
	must(err == nil && held.Status == "requires_capture", "hold", err)
	again, err := hold(card.ID, "go-1")
	must(err == nil && again.ID == held.ID, "the same key", err)
	taken, err := paymentintent.Capture(held.ID, nil)
	must(err == nil && taken.AmountReceived == 2098, "capture", err)
	back, err := refund.New(&stripe.RefundParams{PaymentIntent: &held.ID, Amount: stripe.Int64(500)})
	must(err == nil && back.Status == "succeeded", "refund", err)
	runner, err := account.New(&stripe.AccountParams{
		Type:         stripe.String("express"),
		Capabilities: &stripe.AccountCapabilitiesParams{Transfers: &stripe.AccountCapabilitiesTransfersParams{Requested: stripe.Bool(true)}},
	})
	must(err == nil && runner.Capabilities.Transfers == "inactive", "account", err)
	link, err := accountlink.New(&stripe.AccountLinkParams{Account: &runner.ID, Type: stripe.String("account_onboarding")})
	must(err == nil, "account link", err)
	finished, err := http.Post(strings.Replace(link.URL, "?", "/finish?", 1), "application/x-www-form-urlencoded", nil)
	must(err == nil && finished.StatusCode == 200, "the page of the link", err)
	sent, err := transfer.New(&stripe.TransferParams{
		Amount:            stripe.Int64(1500),
		Currency:          stripe.String("usd"),
		Destination:       &runner.ID,
		SourceTransaction: &held.LatestCharge.ID,
	})
	must(err == nil && sent.DestinationPayment != nil, "transfer", err)
	reversed, err := transferreversal.New(&stripe.TransferReversalParams{ID: &sent.ID, Amount: stripe.Int64(400)})
	must(err == nil && reversed.Amount == 400, "reversal", err)
	other, err := hold(card.ID, "")
	must(err == nil, "another hold", err)
	canceled, err := paymentintent.Cancel(other.ID, nil)
	must(err == nil && canceled.Status == "canceled", "cancel", err)
	list := &stripe.PaymentIntentListParams{Customer: &who.ID}
	list.Limit = stripe.Int64(1)
	count := 0
	for pages := paymentintent.List(list); pages.Next(); {
		count++
	}
	must(count == 2, "auto-paging", nil)
	_, err = hold("pm_card_visa_chargeDeclined", "")
	var refused *stripe.Error
	must(errors.As(err, &refused) && refused.Code == "card_declined", "a decline", nil)
	fmt.Printf("stripe-go %s (%s): held, captured, refunded, transferred, reversed, canceled, declined\n", stripe.ClientVersion, stripe.APIVersion)
}
