#!/usr/bin/env python3
"""Made-up records of a downtime, their fee lines, and the platform's statement of them.

    generate.py FOLDER [--records N] [--seed N]

writes records.csv, lines.csv, statement.csv and truth.csv (the verdict that each record must get). The same
numbers give the same bytes. Nobody in it exists: the area code of every identity number has 99 in its middle.

Of a hundred records about two do not simply match: 1 % are missing on the platform, 0.7 % differ in amount,
0.3 % were settled twice, 0.2 % taken back; 0.5 % more stand on the platform alone. Three of ten rows of the
statement name no record and can only be matched by person and amount, which are never the same twice.
"""
import argparse
import random
from datetime import datetime, timedelta
from pathlib import Path

WEIGHTS = [pow(2, 17 - place, 11) for place in range(17)]
KINDS = [("outpatient", 70), ("purchase", 24), ("inpatient", 6)]
INSURANCE = [("310", 55), ("390", 45)]
SURNAMES, GIVEN = "甄贾裴冉覃陆盛乔尹苗", "合成样本虚拟演示测算例"
ITEMS = [("XJ01C%09d" % (7919 * at), "试用%s%d号" % ("药片针剂敷料检验"[at % 4 * 2:at % 4 * 2 + 2], at)) for at in range(400)]
START = datetime(2025, 9, 1)


def yuan(fen):
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def identity(dice):
    body = "%02d99%02d%s%03d" % (dice.choice([11, 14, 32, 37, 44, 51]), dice.randrange(1, 30),
                                (datetime(1935, 1, 1) + timedelta(dice.randrange(32000))).strftime("%Y%m%d"), dice.randrange(1000))
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS)) % 11]


def fate(dice):
    roll = dice.randrange(1000)
    for verdict, share in (("missing", 10), ("amount_mismatch", 7), ("duplicate", 3), ("reversed", 2)):
        if roll < share:
            return verdict
        roll -= share
    return "matched"


class Statement:
    """The platform's rows, in the order in which they were settled."""

    def __init__(self, dice):
        self.dice, self.rows = dice, []

    def settle(self, id_no, fen, record_no, back=False):
        number = len(self.rows) + 1
        fund, at = fen * (45 + number % 40) // 100, START + timedelta(12 + self.dice.randrange(18), 28800 + self.dice.randrange(50000))
        account = (fen - fund) * (number % 3) // 4
        self.rows.append(f"S{number:015d},M{number:015d},{id_no},{at:%Y-%m-%d %H:%M:%S},{yuan(fen)},{yuan(fund)},"
                         f"{yuan(account)},{yuan(fen - fund - account)},{int(back)},{record_no}\n")
        return f"S{number:015d}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    told.folder.mkdir(parents=True, exist_ok=True)
    dice = random.Random(told.seed)
    kinds, insurances = ([word for word, share in words for _ in range(share)] for words in (KINDS, INSURANCE))
    files = {name: open(told.folder / f"{name}.csv", "w", encoding="utf-8", newline="") for name in ("records", "lines", "statement", "truth")}
    files["records"].write("record_no,kind,line,name,id_no,insured_area,insurance,occurred_at,total,paid,receipt_no\n")
    files["lines"].write("record_no,line_no,item_code,item_name,quantity,unit_price,amount\n")
    files["truth"].write("key,verdict\n")
    statement, taken, persons = Statement(dice), set(), []

    def person():
        while (id_no := identity(dice)) in taken:
            pass
        taken.add(id_no)
        return id_no, dice.choice(SURNAMES) + dice.choice(GIVEN) + dice.choice(GIVEN)

    for number in range(1, told.records + 1):
        verdict = fate(dice)
        # Who comes again never has anything wrong, so that an amount names the record.
        again = verdict == "matched" and len(persons) > 100 and dice.random() < 0.4
        who = dice.choice(persons) if again else person()
        record_no, kind = f"MZ{number:09d}", dice.choice(kinds)
        while True:
            lines, total = [], 0
            for line in range(1, dice.randrange(2, 10)):
                code, name = ITEMS[dice.randrange(400)]
                price, quantity = dice.randrange(50, 20000), dice.randrange(1, 6)
                total += price * quantity
                lines.append(f"{record_no},{line},{code},{name},{quantity},{yuan(price)},{yuan(price * quantity)}\n")
            if (who[0], total) not in taken:
                break
        taken.add((who[0], total))
        if verdict == "matched" and not again and dice.random() < 0.5:
            persons.append(who)
        paid = total if dice.random() < 0.7 else total * dice.randrange(20, 100) // 100
        at = START + timedelta(dice.randrange(12), 21600 + dice.randrange(60000))
        files["records"].write(f"{record_no},{kind},ordinary,{who[1]},{who[0]},140902,{dice.choice(insurances)},{at:%Y-%m-%d %H:%M:%S},"
                               f"{yuan(total)},{yuan(paid)},R{number:010d}\n")
        files["lines"].writelines(lines)
        files["truth"].write(f"{record_no},{verdict}\n")
        key = record_no if dice.random() < 0.7 else ""
        if verdict != "missing":
            statement.settle(who[0], total + (dice.randrange(1, 5000) if verdict == "amount_mismatch" else 0), key)
        if verdict == "duplicate":
            statement.settle(who[0], total, key)
        if verdict == "reversed":
            statement.settle(who[0], -total, key, back=True)
        if dice.randrange(1000) < 5:
            extra = statement.settle(person()[0], dice.randrange(500, 90000), f"X{number:09d}" if dice.random() < 0.7 else "")
            files["truth"].write(f"{extra},extra\n")
    files["statement"].write("setl_id,mdtrt_id,certno,setl_time,medfee_sumamt,fund_pay_sumamt,acct_pay,psn_cash_pay,refd_setl_flag,record_no\n")
    dice.shuffle(statement.rows)
    files["statement"].writelines(statement.rows)
    for file in files.values():
        file.close()


if __name__ == "__main__":
    main()
