import type { ActJournal, RecordedAct } from '@campusg-pay/core';
import { type Database, defineStatement, query } from '../connection/pool.js';

const BEGIN = defineStatement<{ id: number }>({
  name: 'begin_operator_act',
  text: `
    insert into operator_acts (
      operator, act, payment_id, order_id, details, reason, approval_id, begun_at
    ) values ($1, $2, $3, $4, $5, $6, $7, $8) returning id`,
});

const END = defineStatement({
  name: 'end_operator_act',
  text: 'update operator_acts set ended_at = $2, outcome = $3, result = $4 where id = $1',
});

const OF_PAYMENT = defineStatement<RecordedAct>({
  name: 'operator_acts_of_payment',
  text: `
    select id, operator, act, payment_id as "paymentId", order_id as "orderId", details, reason,
      approval_id as "approvalId", begun_at as "begunAt", ended_at as "endedAt", outcome, result
    from operator_acts where payment_id = $1 order by begun_at, id`,
});

/** The journal of operators' acts. */
export function createActJournal(db: Database): ActJournal {
  return {
    begin: async (act) => {
      const { operator, paymentId, orderId, details, reason, approvalId, begunAt } = act;
      const values = [
        ...[operator, act.act, paymentId, orderId],
        ...[JSON.stringify(details), reason, approvalId, begunAt],
      ];
      return (await query(db, BEGIN, values)).map(([row]) => {
        if (row === undefined) throw new Error('bug: an insert returns its row');
        return row.id;
      });
    },
    end: async ({ id, endedAt, outcome, result }) =>
      (await query(db, END, [id, endedAt, outcome, result])).map(() => undefined),
    ofPayment: (paymentId) => query(db, OF_PAYMENT, [paymentId]),
  };
}
