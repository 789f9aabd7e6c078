import fc from 'fast-check';

// One seed for every run of the random tests under Stryker: without it the same mutant would be
// found in one run and survive the next, and no two scores could be compared.
fc.configureGlobal({ seed: 20260105 });
