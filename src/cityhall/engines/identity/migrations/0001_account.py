import django.db.models.functions.text
import django.utils.timezone
from django.db import migrations, models

import cityhall.engines.identity.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("CITIZEN", "民眾"),
                            ("OFFICER", "同仁"),
                            ("GUEST", "府外機關"),
                            ("CLIENT", "介接系統"),
                        ],
                        default="CITIZEN",
                        max_length=10,
                    ),
                ),
                (
                    "email",
                    cityhall.engines.identity.fields.AddressField(
                        blank=True, max_length=254, null=True, unique=True, verbose_name="電子郵件"
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=100, verbose_name="姓名")),
                ("phone", models.CharField(blank=True, max_length=30, verbose_name="電話")),
                ("language", models.CharField(default="zh-hant", max_length=10, verbose_name="語言")),
                (
                    "assurance",
                    models.CharField(
                        choices=[
                            ("NONE", "尚未驗證"),
                            ("EMAIL", "電子郵件已驗證"),
                            ("PHONE", "手機已驗證"),
                            ("STRONG", "身分已確認"),
                        ],
                        default="NONE",
                        max_length=10,
                    ),
                ),
                ("is_active", models.BooleanField(default=True)),
                ("is_staff", models.BooleanField(default=False)),
                ("joined_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_on", models.DateField(blank=True, null=True, verbose_name="使用期限")),
                ("must_change_password", models.BooleanField(default=False)),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("email", django.db.models.functions.text.Lower("email"))),
                        name="identity_account_email_is_normal",
                    )
                ],
            },
        ),
    ]
