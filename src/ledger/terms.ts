import { type Billing, METERS, type PartialTariff, type Tariff } from '../config.ts';
import { zoneOf } from '../zone.ts';

/** What one account is billed by: kept with a final statement, so that what is corrected later is reckoned alike. */
export interface Terms {
  timezone: string;
  currency: string;
  decimals: number;
  per: Billing['per'];
  storageBy: Billing['storageBy'];
  plan: string | null;
  tariff: Tariff;
}

/** The rates for all, then those of the plan, then those of the account. */
export function termsOf(billing: Billing, user: string): Terms {
  const { timezone, currency, decimals, per, storageBy, rates, plans, accounts } = billing;
  const { plan = null, ...own } = Object.hasOwn(accounts, user) ? (accounts[user] ?? {}) : {};
  const ofPlan = plan === null ? {} : (plans[plan] ?? {});
  return {
    ...{ timezone: zoneOf(timezone), currency, decimals, per, storageBy, plan },
    tariff: [ofPlan, own].reduce<Tariff>(overridden, rates),
  };
}

const overridden = (tariff: Tariff, by: PartialTariff): Tariff => ({
  base: by.base ?? tariff.base,
  ...(Object.fromEntries(METERS.map((name) => [name, { ...tariff[name], ...by[name] }])) as Pick<
    Tariff,
    (typeof METERS)[number]
  >),
  quota: { ...tariff.quota, ...by.quota },
});

/** Bytes that notices tell percents of; null where nothing is limited. */
export function quotasOf({ tariff }: Terms): Record<'volume' | 'storage', number | null> {
  const { quota, volume, storage } = tariff;
  return {
    volume: quota.volume ?? (volume.included || null),
    storage: quota.storage ?? (storage.included || null),
  };
}
