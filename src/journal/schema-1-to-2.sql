-- Payments that customers have made before the till comes in: found by their own names, and counted
-- once.

ALTER TABLE operation ADD COLUMN provider_reference TEXT NOT NULL DEFAULT '';
ALTER TABLE operation ADD COLUMN claim TEXT NOT NULL DEFAULT '';
CREATE INDEX operation_by_provider_reference ON operation (provider_reference)
    WHERE provider_reference <> '';
CREATE UNIQUE INDEX operation_by_claim ON operation (claim) WHERE claim <> '';
