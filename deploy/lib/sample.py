# SPDX-License-Identifier: Apache-2.0
"""Invented projects and organisations, marked as such, in the form that CORDIS gives out: the same
importer reads them as reads real files. The same seed gives the same files, byte for byte."""

import csv
import json
import os
import random

ORDER = ("mx", "us", "eu")
SEED = 1995
INITIATIVES = 60
MARK = "[sample]"
# Who leads where, how many organisations each invents, and how often a project is led from there.
LANDS = {
    "eu": (["DE", "FR", "IT", "ES", "NL", "AT", "SE", "FI", "PT", "PL"], 32, 5),
    "mx": (["MX"], 18, 3),
    "us": (["US"], 20, 4),
}
CITIES = {
    "DE": ["Aachen", "Stuttgart", "Dresden"], "FR": ["Grenoble", "Lyon"], "IT": ["Torino", "Bologna"],
    "ES": ["Bilbao", "Zaragoza"], "NL": ["Eindhoven", "Delft"], "AT": ["Graz", "Linz"], "SE": ["Gothenburg"],
    "FI": ["Tampere"], "PT": ["Porto"], "PL": ["Gliwice"],
    "MX": ["Monterrey", "Querétaro", "Puebla", "Guadalajara", "Aguascalientes"],
    "US": ["Pittsburgh", "Detroit", "Raleigh", "Austin", "Dayton", "Clemson"],
}
# activityType, SME, form of the name
FORMS = [
    ("HES", "false", "%s University of Production"), ("HES", "false", "Technical University %s"),
    ("REC", "false", "%s Institute for Manufacturing"), ("REC", "false", "Machine Research Centre %s"),
    ("PRC", "true", "%s Precision Tools"), ("PRC", "true", "%s Sensorworks"),
    ("PRC", "true", "%s Mouldmakers"), ("PRC", "false", "%s Motors"), ("PRC", "false", "%s Aerostructures"),
    ("PRC", "false", "%s Drives and Bearings"), ("PUB", "false", "%s Agency of Industry"),
    ("OTH", "false", "Association of Toolmakers of %s"),
]
AIMS = ["Adaptive", "Resilient", "Traceable", "Waterless", "Modular", "Predictive", "Low-carbon", "Shared",
        "Human-centred", "Self-calibrating"]
METHODS = ["digital twins", "open interfaces", "in-line inspection", "collaborative robots", "edge analytics",
           "common material passports", "federated learning", "remanufacturing cells"]
PROJECT_COLUMNS = ["id", "acronym", "status", "title", "startDate", "endDate", "totalCost", "ecMaxContribution",
                   "frameworkProgramme", "objective", "grantDoi", "keywords"]
ORGANISATION_COLUMNS = ["projectID", "name", "shortName", "SME", "activityType", "city", "country",
                        "organizationURL", "organisationID", "role", "ecContribution", "totalCost"]
PROGRAMME = "SAMPLE"
COACHES = {"eu": ("Sample Coach Europe", ["en", "de"]), "mx": ("Sample Coach Mexico", ["es", "en"]),
           "us": ("Sample Coach United States", ["en"])}


def _topics(reference):
    """What initiatives are about: the programme's own list of technology domains."""
    with open(os.path.join(reference, "technology-domains.csv"), encoding="utf-8", newline="") as f:
        return [(row["name"], row["group"]) for row in csv.DictReader(f)]


def _organisations(chance):
    """Region -> invented organisations."""
    made = {}
    for number, (region, (countries, count, _)) in enumerate(LANDS.items(), 1):
        places = [(country, city) for country in countries for city in CITIES[country]]
        names = [(place, form) for place in places for form in FORMS]
        chance.shuffle(names)
        made[region] = [{
            "name": form[2] % city + " " + MARK, "shortName": "", "activityType": form[0], "SME": form[1],
            "city": city, "country": country, "organizationURL": "",
            "organisationID": str(100000000 * number + i),
        } for i, ((country, city), form) in enumerate(names[:count])]
    return made


def _dates(chance):
    year, month, months = chance.randint(2022, 2026), chance.randint(1, 12), chance.choice((24, 30, 36, 42, 48))
    last = 12 * year + month - 1 + months - 1
    status = "CLOSED" if last // 12 < 2026 else "SIGNED"
    return status, "%d-%02d-01" % (year, month), "%d-%02d-28" % (last // 12, last % 12 + 1)


def _project(number, topic, chance):
    aim, method = chance.choice(AIMS), chance.choice(METHODS)
    status, start, end = _dates(chance)
    subject, group = topic
    return {
        "id": str(990000000 + number), "acronym": "SAMPLE-%02d" % number, "status": status,
        "title": "%s %s with %s %s" % (aim, subject[0].lower() + subject[1:], method, MARK),
        "startDate": start, "endDate": end, "totalCost": "", "ecMaxContribution": "",
        "frameworkProgramme": PROGRAMME, "grantDoi": "",
        "objective": "An invented project, to show the registry with. Partners in several regions want to bring "
                     "%s into %s, try it on three production lines, and publish what they learn." % (method, subject),
        "keywords": "sample, %s, %s, %s" % (aim.lower(), method, group.replace(",", "")),
    }


def _parties(leader, organisations, chance):
    """Some of the leading region, and one of each region behind it in the importer's order: so the
    project goes to the region that leads it."""
    partners = chance.sample(organisations[leader], chance.randint(2, 4))
    for region in ORDER[ORDER.index(leader) + 1:]:
        partners += chance.sample(organisations[region], 1)
    return partners


def rows(reference, seed=SEED, count=INITIATIVES):
    """Rows of the two tables."""
    chance = random.Random(seed)
    topics, organisations = _topics(reference), _organisations(chance)
    projects, parties = [], []
    leaders = [region for region, land in LANDS.items() for _ in range(land[2])]
    for number in range(1, count + 1):
        leader = leaders[number % len(leaders)]
        project = _project(number, topics[number % len(topics)], chance)
        total = 0
        for place, organisation in enumerate(_parties(leader, organisations, chance)):
            share = 10000 * chance.randint(8, 90)
            total += share
            parties.append(dict(organisation, projectID=project["id"], totalCost="%d.00" % share, ecContribution="",
                                role="participant" if place else "coordinator"))
        project["totalCost"] = "%d.00" % total
        projects.append(project)
    return projects, parties


def _write(path, columns, table):
    with open(path, "w", encoding="utf-8", newline="") as f:
        writer = csv.DictWriter(f, columns, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
    return path


def write(folder, reference, seed=SEED, count=INITIATIVES):
    """project.csv and organization.csv in the folder; their paths."""
    os.makedirs(folder, exist_ok=True)
    projects, parties = rows(reference, seed, count)
    return [_write(os.path.join(folder, "project.csv"), PROJECT_COLUMNS, projects),
            _write(os.path.join(folder, "organization.csv"), ORGANISATION_COLUMNS, parties)]


def write_coach(folder, region):
    """A contact of the region, as JSON for `ims contact put`; None where there is none."""
    if region not in COACHES:
        return None
    name, languages = COACHES[region]
    path = os.path.join(folder, "coach-%s.json" % region)
    with open(path, "w", encoding="utf-8") as f:
        json.dump({"name": name + " " + MARK, "email": "coach@%s.example" % region, "role": "coach",
                   "languages": languages}, f)
    return path
