# Texts for the till. `.cashier` and `.customer` are whole sentences: what is true, then what to do.
# A reason's own value is its short form, put into the sentences under "Sentences with a cause".
# Limits: 240 bytes once filled in; only characters of the Windows code page (old tills, pole displays).

-other-way = Take the payment another way.
-support = If it happens again, call support.
-customer-other-way = Please pay another way or ask the staff.
-customer-nothing = Nothing was charged.

# States

state-starting =
    .cashier = Starting the payment of { $amount }. Wait a moment.
    .customer = Starting the payment. Please wait.
state-waiting-for-scan =
    .cashier = Scan the customer's code. To pay: { $amount }.
    .customer = Show your payment code to the reader. To pay: { $amount }.
state-waiting-for-customer =
    .cashier = Waiting for the customer to approve { $amount } on the phone.
    .customer = Approve { $amount } on your phone.
state-completing =
    .cashier = The payment of { $amount } is being completed. Wait before you hand over the goods.
    .customer = Your payment is being completed. Please wait.
state-cancelling =
    .cashier = The payment is being cancelled. Wait until it is certain before you start a new one.
    .customer = The payment is being cancelled. Please wait.
state-unknown =
    .cashier = Not known whether the customer has paid. Do not hand out the goods as paid and do not charge again. Checking goes on by itself.
    .customer = Your payment is being checked. Please wait and do not pay again.
state-needs-decision =
    .cashier = This payment needs your decision. Choose how to go on.
    .customer = Please wait for the staff. Do not pay again.
state-paid =
    .cashier = Paid: { $paid }.
    .customer = Thank you! { $paid } paid.
state-declined =
    .cashier = Not paid: the payment was declined. Ask the customer to try again or to pay another way.
    .customer = The payment was declined. { -customer-nothing } { -customer-other-way }
state-cancelled =
    .cashier = Cancelled. Nothing was charged.
    .customer = The payment was cancelled. { -customer-nothing }
state-expired =
    .cashier = Not paid: time ran out. Start again if the customer still wants to pay.
    .customer = Time ran out. { -customer-nothing }
state-failed =
    .cashier = Not paid: the payment failed and nothing was charged. Try again or take the payment another way.
    .customer = The payment failed. { -customer-nothing } { -customer-other-way }
state-refunded =
    .cashier = The customer's money has been given back. The sale is not paid.
    .customer = Your money has been given back. The purchase is not paid.
state-closed-by-hand =
    .cashier = Closed by hand. Check the payment against the payment service's report.
    .customer = The payment was closed by the staff.

# Prompts

prompt-scan =
    .cashier = Scan the code on the customer's phone. To pay: { $amount }.
    .customer = Show the code on your phone to the reader. To pay: { $amount }.
prompt-show-qr =
    .cashier = Ask the customer to scan the QR code on the screen and approve { $amount }.
    .customer = Scan the QR code with your phone and approve { $amount }.
prompt-print-qr =
    .cashier = Give the customer the printed QR code to scan. To pay: { $amount }.
    .customer = Scan the printed QR code with your phone and approve { $amount }.
prompt-use-plate =
    .cashier = Ask the customer to hold the phone to the payment plate and approve { $amount }.
    .customer = Hold your phone to the payment plate and approve { $amount }.
prompt-check-phone =
    .cashier = The request is on the customer's phone. Ask the customer to approve { $amount }.
    .customer = Open the payment app on your phone and approve { $amount }.
prompt-wait =
    .cashier = One moment: the payment of { $amount } is in progress.
    .customer = One moment, please.

# Reasons: what people did

reason-customer-rejected = the customer said no
    .cashier = Not paid: the customer rejected the payment. Ask how the customer wants to pay.
    .customer = You rejected the payment. { -customer-nothing }
reason-window-closed = time ran out
    .cashier = Not paid: time ran out. Start again if the customer still wants to pay.
    .customer = Time ran out. { -customer-nothing } Ask the staff to start again.
reason-cancelled-at-till = cancelled at the till
    .cashier = Cancelled at the till. Nothing was charged.
    .customer = The payment was cancelled. { -customer-nothing }
reason-cancelled-at-provider = cancelled by the payment service
    .cashier = Not paid: the payment service cancelled the payment. Try again or take the payment another way.
    .customer = The payment was cancelled. { -customer-nothing } { -customer-other-way }
reason-customer-not-eligible = not allowed for this customer
    .cashier = Not paid: the customer cannot pay for this purchase this way. { -other-way }
    .customer = You cannot pay for this purchase this way. { -customer-other-way }
reason-funds-released = the reserved money was released
    .cashier = Not paid: the reserved money has gone back to the customer. Take a new payment.
    .customer = The reserved money has gone back to you. Please pay again.
reason-late-approval = approved after the cancel
    .cashier = The customer approved { $amount } after the cancel. Choose: keep the payment or give it back.
    .customer = Your approval arrived after the payment was cancelled. Please wait for the staff.
reason-found-after-restart = found after a restart
    .cashier = { $paid } was paid before the till restarted. Refund it or ring it up; do not charge again.
    .customer = Your payment of { $paid } has arrived. Please wait for the staff and do not pay again.
reason-closed-as-paid = closed by hand as paid
    .cashier = Closed by hand as paid: { $amount }. Check it against the payment service's report.
    .customer = The staff recorded your payment of { $amount }.
reason-closed-as-not-paid = closed by hand as not paid
    .cashier = Closed by hand as not paid. If the customer was charged after all, give the money back.
    .customer = The payment was closed as not paid. If you were charged after all, ask the staff.
reason-capture-refused = the money could not be collected
    .cashier = The customer approved, but the money could not be collected. Ask for another way to pay.
    .customer = Your payment could not be collected. Please talk to the staff.
reason-part-already-refunded = part already refunded
    .cashier = Part of this payment has already been refunded. Check the amount before you go on.
    .customer = Part of this payment has already been refunded.

# Reasons: passing troubles

reason-network-down = no network
    .cashier = Not paid: no network. Check the connection and try again, or take the payment another way.
    .customer = No connection just now. { -customer-nothing } { -customer-other-way }
reason-no-answer = no answer
    .cashier = Not paid: the payment service did not answer. Try again or take the payment another way.
    .customer = The payment service did not answer. { -customer-nothing } { -customer-other-way }
reason-provider-busy = the payment service is busy
    .cashier = Not paid: the payment service is busy. Wait a moment and try again.
    .customer = The payment service is busy. { -customer-nothing } Try again shortly or pay another way.
reason-provider-error = fault at the payment service
    .cashier = Not paid: fault at the payment service. Try again or take the payment another way.
    .customer = The payment service is out of order. { -customer-nothing } { -customer-other-way }
reason-answer-mismatch = the answer does not match the sale
    .cashier = Not paid: the payment service's answer does not match this sale. Try again. { -support }
    .customer = The payment did not work. { -customer-other-way }
reason-storage-failed = the till cannot save
    .cashier = Not paid: the till cannot save payments. Take the payment another way and call support.
    .customer = This way of paying does not work here just now. { -customer-other-way }

# Reasons: the shop's setup

reason-credentials-rejected = the till's login was refused
    .cashier = Not paid: the payment service refused the till's login. { -other-way } Call support.
    .customer = This way of paying does not work here just now. { -customer-other-way }
reason-permission-missing = the shop lacks a permission
    .cashier = Not paid: the shop lacks a permission at the payment service. { -other-way } Call support.
    .customer = This way of paying does not work here just now. { -customer-other-way }
reason-push-not-allowed = requests to phones not allowed
    .cashier = Not paid: the shop may not send requests to phones. Use the QR code or call support.
    .customer = The request could not be sent to your phone. { -customer-other-way }
reason-currency-not-allowed = currency not allowed
    .cashier = Not paid: the shop cannot take this currency this way. { -other-way } Call support.
    .customer = You cannot pay in this currency this way. { -customer-other-way }
reason-merchant-setup = the shop's setup is not ready
    .cashier = Not paid: the shop is not set up for this at the payment service. { -other-way } Call support.
    .customer = This way of paying does not work here just now. { -customer-other-way }

# Reasons: what was asked for

reason-amount-too-small = amount too small
    .cashier = Not paid: { $amount } is too small for this way of paying. { -other-way }
    .customer = The amount is too small for this way of paying. { -customer-other-way }
reason-amount-invalid = amount not accepted
    .cashier = Not paid: the amount { $amount } was not accepted. Check it and try again.
    .customer = The amount was not accepted. { -customer-other-way }
reason-phone-invalid = phone number not accepted
    .cashier = Not paid: the phone number does not work. Check it with the customer and try again.
    .customer = The phone number does not work. Please check it.
reason-scan-again = code not accepted
    .cashier = The code was not accepted. Ask the customer for a fresh code and scan again.
    .customer = The code was not accepted. Please show a fresh code.
reason-request-refused = the request was refused
    .cashier = Not paid: the payment service refused the request. { -other-way } { -support }
    .customer = The payment was not accepted. { -customer-other-way }
reason-partial-not-allowed = only the whole amount
    .cashier = Only the whole amount is possible this way. Enter the whole amount or use another way.
    .customer = Only the whole amount is possible this way. { -customer-other-way }
reason-wrong-state = not possible now
    .cashier = This cannot be done with the payment now. See how the payment stands, then try again.
    .customer = That is not possible now. Please ask the staff.
reason-reference-unknown = payment not found
    .cashier = The payment service does not know this payment. Check the number and try again.
    .customer = The payment was not found. Please ask the staff.
reason-capture-period-over = too late to collect
    .cashier = It is too late to collect this payment. Take a new payment.
    .customer = It is too late to collect your payment. Please ask the staff.
reason-cancel-period-over = too late to cancel
    .cashier = It is too late to cancel this payment. If it was paid, refund it.
    .customer = It is too late to cancel this payment. Please ask the staff.
reason-refund-period-over = too late to refund
    .cashier = It is too late to refund this payment this way. Give the money back another way.
    .customer = It is too late to refund this way. The staff will help you.
reason-refund-too-large = more than what is left
    .cashier = The refund is larger than what is left of the payment. Check the amount.
    .customer = The refund is larger than what is left. The staff will help you.
reason-nothing-to-refund = nothing to refund
    .cashier = There is nothing to refund on this payment. Check that it is the right one.
    .customer = There is nothing to refund on this payment.
reason-customer-account-gone = the customer's account is gone
    .cashier = The customer's account no longer exists. Give the money back another way.
    .customer = Your account no longer exists. The staff will help you.
reason-already-cancelled = already cancelled
    .cashier = The payment has already been cancelled and nothing was charged.
    .customer = The payment has already been cancelled. { -customer-nothing }

# Special cases

needs-decision-unknown =
    .cashier = Not known whether the customer has paid. Check the customer's phone or the payment service's report, then choose: paid or not paid.
    .customer = Please wait for the staff. Do not pay again.
completing-approved =
    .cashier = Approved: { $amount }. The goods may be handed over; the rest happens by itself.
    .customer = Thank you! { $amount } approved.
paid-part =
    .cashier = Paid: { $paid } of { $amount }. Take the remaining { $rest } another way.
    .customer = Thank you! { $paid } paid. Still to pay: { $rest }.
paid-partly-refunded =
    .cashier = Paid: { $paid }. Given back of that: { $refunded }.
    .customer = { $paid } paid, { $refunded } given back.

# Refunds

refund-under-way =
    .cashier = { $amount } is being given back to the customer. Wait a moment.
    .customer = { $amount } is being given back to you. Please wait.
refund-unknown =
    .cashier = Not known whether the customer got { $amount } back. Do not repeat the refund or give cash. Checking goes on by itself.
    .customer = Your refund is being checked. Please wait.
refund-needs-decision =
    .cashier = The refund of { $amount } needs your decision. Choose how to go on.
    .customer = Please wait for the staff.
refund-refunded =
    .cashier = { $amount } has been given back to the customer.
    .customer = { $amount } has been given back to you.
refund-failed =
    .cashier = Not refunded: the customer has got no money back. Try again or give it back another way.
    .customer = The refund did not work. The staff will help you.
refund-closed =
    .cashier = The refund was closed by hand. Check it against the payment service's report.
    .customer = The refund was closed by the staff.
refund-closed-as-made =
    .cashier = The refund of { $amount } was closed by hand as made. Check it against the payment service's report.
    .customer = The staff recorded your refund of { $amount }.
refund-closed-as-not-made =
    .cashier = The refund was closed by hand as not made. The customer is still owed { $amount }.
    .customer = The refund was closed as not made. The staff will help you.

# Sentences with a cause

with-cause = { $text } Reason: { $cause }.
with-problem = { $text } Problem: { $cause }.
unknown-because = Not known whether the customer has paid ({ $cause }). Do not hand out the goods as paid and do not charge again. Checking goes on by itself.
refund-unknown-because = Not known whether the customer got the money back ({ $cause }). Do not repeat the refund or give cash. Checking goes on by itself.
refund-failed-because = Not refunded: { $cause }. The customer has got no money back.
refund-failed-passing = Not refunded: { $cause }. Try again in a moment or give the money back another way.
refund-failed-setup = Not refunded: { $cause }. Give the money back another way and call support.

# Choices

choice-retry = Try again
choice-cancel = Cancel payment
choice-refund = Give money back
choice-ring-up = Ring it up
choice-keep = Keep payment
choice-force-paid = Close as paid
choice-force-not-paid = Close as not paid
