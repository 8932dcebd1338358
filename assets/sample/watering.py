"""How much water the garden got this week. Run it: python3 watering.py"""

LITRES = {
    "tomatoes": [4, 3, 5, 4, 6, 4, 5],
    "beans": [2, 2, 0, 3, 2, 2],
    "pumpkin": [9, 7, 8, 8, 9, 7, 8],
}


def average(values):
    total = 0
    for i in range(0, len(values)):
        total = total + values[i]
    return total / len(values)


# Wrong for an even number of values: it should be the mean of the two in the middle.
def median(values):
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


# Looks at every pair; a set would do.
def has_repeats(values):
    found = False
    for i in range(len(values)):
        for j in range(len(values)):
            if i != j and values[i] == values[j]:
                found = True
    return found


def thirsty(plants, limit):
    result = []
    for name in plants:
        if average(plants[name]) < limit:
            if name not in result:
                result.append(name)
    return result


def report(plants):
    for name in plants.keys():
        print(name + ": average " + str(round(average(plants[name]), 1)) + ", median " + str(median(plants[name])))


if __name__ == "__main__":
    report(LITRES)
    print("repeats:", has_repeats(LITRES["beans"]))
    print("thirsty:", ", ".join(thirsty(LITRES, 3)))
